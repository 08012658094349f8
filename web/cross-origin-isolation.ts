// Cross-origin isolation on hosts that send no COOP and COEP headers: a service worker adds them, after one reload.

const RELOADED = "vitrine-reloaded-for-isolation";
const PATIENCE_MS = 5000;

/**
 * "isolated": SharedArrayBuffer can be had. "reloading": the page is about to load again; start nothing.
 * "unavailable": neither headers nor a service worker; the application runs and says what it lacks.
 */
export type Isolation = "isolated" | "reloading" | "unavailable";

/** Registers the service worker if the page is not isolated by itself, and reloads once so that it takes effect. */
export async function isolate(): Promise<Isolation> {
  if (window.crossOriginIsolated) {
    remember(false);
    return "isolated";
  }
  if (!window.isSecureContext || !("serviceWorker" in navigator)) return "unavailable";
  if (hasReloaded()) {
    remember(false);
    return "unavailable";
  }
  try {
    // Relative to the page, so that its scope is this site also under a sub-path.
    await navigator.serviceWorker.register(new URL("coi-service-worker.js", document.baseURI));
    if (!(await becomesReady())) return "unavailable";
  } catch {
    return "unavailable";
  }
  // If it cannot be remembered, it might reload for ever.
  if (!remember(true)) return "unavailable";
  window.location.reload();
  return "reloading";
}

/** navigator.serviceWorker.ready never settles if the worker cannot be installed. */
function becomesReady(): Promise<boolean> {
  const patience = new Promise<boolean>((resolve) => setTimeout(resolve, PATIENCE_MS, false));
  return Promise.race([navigator.serviceWorker.ready.then(() => true), patience]);
}

function hasReloaded(): boolean {
  try {
    return sessionStorage.getItem(RELOADED) !== null;
  } catch {
    return false;
  }
}

function remember(reloaded: boolean): boolean {
  try {
    if (reloaded) sessionStorage.setItem(RELOADED, "yes");
    else sessionStorage.removeItem(RELOADED);
    return true;
  } catch {
    return false;
  }
}
