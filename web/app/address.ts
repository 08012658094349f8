/** The page's address: which machine is open and how, and links that open the same again. */
import type { LayoutModel } from "../model/layout-model.ts";
import type { MachineModel } from "../model/machine-model.ts";
import { linkDisk, linkQuery, type OpenOptions, type PageLink, parseLink } from "../model/page-link.ts";

export function linkInAddress(): PageLink {
  return parseLink(window.location.search);
}

/** Makes the address name a machine, with those of its disks that can be named, as a new entry of the history. */
export function nameMachineInAddress(id: string, { disks = [], ...options }: OpenOptions = {}): void {
  const url = new URL(window.location.href);
  const named = disks.map(linkDisk).filter((disk) => disk !== undefined);
  url.search = linkQuery({ machine: id, options, disks: named, layout: null, points: [] });
  window.history.pushState(null, "", url);
}

/** A link that opens the machine as it stands, with its layout and stop points; null: it is of a file that a link cannot name. */
export function linkToHere(machine: MachineModel, layouts: LayoutModel): string | null {
  const guest = machine.guest.get();
  if (guest === null || guest.kernelBytes !== undefined) return null;
  const view = machine.view.get();
  // A number of steps is counted from the beginning.
  const { at: _, prompt: __, disks: present = [], ...options } = machine.options.get();
  const disks = present.map(linkDisk).filter((disk) => disk !== undefined);
  if (disks.length !== present.length) return null;
  const url = new URL(window.location.href);
  url.search = linkQuery({
    machine: guest.id,
    disks,
    options: view.kind === "stopped" && view.steps > 0n ? { ...options, at: view.steps } : options,
    layout: layouts.stored.get().current,
    points: machine.debug.points.get(),
  });
  return url.href;
}
