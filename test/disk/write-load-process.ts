/** Entry of the process; see write-load.ts. */
import { writeLoad } from "./write-load.ts";

const [image = "", overlay = "", firstTag = "", coreUrl = ""] = process.argv.slice(2);
await writeLoad(image, overlay, Number(firstTag), coreUrl);
