// First script of the page: gets cross-origin isolation, which shared memory needs, then loads the application.
import { isolate } from "./cross-origin-isolation.ts";

if ((await isolate()) !== "reloading") await import("./main.tsx");
