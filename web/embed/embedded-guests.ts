/** Machines for an element: those of the site that the script comes from, and a program of the embedding page's. */
import { type BundledGuest, loadBundledGuests } from "../model/bundled-guests.ts";
import { guestOfFile } from "../model/opened-file.ts";
import type { ElementOptions } from "./attributes.ts";

/** The bundled machines below `site`, with whole addresses. */
export async function guestsOf(site: URL): Promise<readonly BundledGuest[]> {
  const guests = await loadBundledGuests(site);
  const whole = <T extends string | null | undefined>(path: T): T =>
    (typeof path === "string" ? new URL(path, site).href : path) as T;
  return guests.map((guest) => ({
    ...guest,
    bios: whole(guest.bios),
    kernel: whole(guest.kernel),
    symbols: whole(guest.symbols),
    offsets: whole(guest.offsets),
    ...(guest.initrd !== undefined && { initrd: whole(guest.initrd) }),
    files: guest.files.map((file) => ({ ...file, path: whole(file.path) })),
  }));
}

/** The bundled machine that is named. Throws an Error that lists those there are. */
export function guestNamed(guests: readonly BundledGuest[], name: string | null): BundledGuest {
  const guest = name === null ? guests[0] : guests.find(({ id }) => id === name);
  if (guest !== undefined) return guest;
  throw new Error(`guest: there is no machine “${name}”; there are ${guests.map(({ id }) => id).join(", ")}.`);
}

/** What is to be opened: the bundled machine, or one like it with the program in it. Throws an Error that says what is wrong. */
export async function guestToOpen(guest: BundledGuest, { program }: ElementOptions): Promise<BundledGuest> {
  if (program === null) return guest;
  const address = new URL(program, document.baseURI);
  const name = address.pathname.split("/").at(-1) || program;
  let response: Response;
  try {
    response = await fetch(address);
  } catch (error) {
    throw new Error(`program: ${address.href} cannot be loaded: ${(error as Error).message}`);
  }
  if (!response.ok) throw new Error(`program: ${address.href} cannot be loaded: ${response.status}`);
  return guestOfFile(name, new Uint8Array(await response.arrayBuffer()), "program", guest);
}
