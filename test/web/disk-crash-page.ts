/** Runs in the page that is going to crash: hands orders to its worker, and passes on what that says. */
import { KeptDisks } from "../../web/model/kept-disks.ts";
import type { CrashOrder } from "./disk-crash-writes.ts";

type Told = (news: unknown) => void;

Object.assign(globalThis, {
  makeDisk: async (bytes: number) => {
    const disk = { title: "crash", source: { kind: "blank", bytes }, access: "keep" } as const;
    return (await new KeptDisks().keep(disk)).kept;
  },
  writeUntilTheEnd: (order: CrashOrder) => {
    const worker = new Worker(new URL("./disk-crash-worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => (globalThis as never as { told: Told }).told(data);
    worker.onerror = ({ message }) => (globalThis as never as { told: Told }).told({ kind: "failed", message });
    worker.postMessage(order);
  },
});
document.title = "ready";
