/** createMachine for this page: where memory cannot be shared it says so before anything is loaded. */
import { createMachine } from "../../src/worker/page.ts";

const NOT_ISOLATED =
  "This page is not cross-origin isolated, so that the browser gives it no SharedArrayBuffer, and it could not see the " +
  "machine's registers. Serve it with the headers Cross-Origin-Opener-Policy: same-origin and " +
  "Cross-Origin-Embedder-Policy: require-corp, over HTTPS or from localhost, or allow its service worker, which adds them.";

export const createIsolatedMachine: typeof createMachine = async (options, onState) => {
  if (!globalThis.crossOriginIsolated || typeof SharedArrayBuffer === "undefined") throw new Error(NOT_ISOLATED);
  return createMachine(options, onState);
};
