/** The part of the page's address that says which machine is open: `?machine=<id>`. */

/** null: none is named, so the first one is meant. */
export function machineInAddress(): string | null {
  return new URLSearchParams(window.location.search).get("machine");
}

/** Makes the address name a machine, as a new entry of the history. */
export function nameMachineInAddress(id: string): void {
  const url = new URL(window.location.href);
  url.searchParams.set("machine", id);
  window.history.pushState(null, "", url);
}
