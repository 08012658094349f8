/** The machine's worker, started from a page that may be of another origin than the script. */
import workerAddress from "../../src/worker/machine-worker.ts?worker&url";

/** Browsers start workers from the page's own origin only; a module of that origin may import the worker from elsewhere. */
export function startSiteWorker(): Worker {
  const address = new URL(workerAddress, import.meta.url);
  if (address.origin === window.location.origin) return new Worker(address, { type: "module" });
  const source = new Blob([`import ${JSON.stringify(address.href)};`], { type: "text/javascript" });
  const door = URL.createObjectURL(source);
  const worker = new Worker(door, { type: "module" });
  // Its script is fetched by now, or on the way; the address itself must last until then.
  worker.addEventListener("message", () => URL.revokeObjectURL(door), { once: true });
  return worker;
}
