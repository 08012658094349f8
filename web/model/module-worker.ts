/** Workers from a page that may be of another origin than their scripts. */

/** Browsers start workers from the page's own origin only; a module of that origin may import the script from elsewhere. */
export function startModuleWorker(address: URL): Worker {
  if (address.origin === window.location.origin) return new Worker(address, { type: "module" });
  const source = new Blob([`import ${JSON.stringify(address.href)};`], { type: "text/javascript" });
  const door = URL.createObjectURL(source);
  const worker = new Worker(door, { type: "module" });
  const close = (): void => URL.revokeObjectURL(door);
  // By then its script is fetched, or on the way; the address itself must last until then.
  worker.addEventListener("message", close, { once: true });
  worker.addEventListener("error", close, { once: true });
  return worker;
}
