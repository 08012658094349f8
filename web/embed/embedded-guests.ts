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
    ...(guest.atPrompt !== undefined && {
      atPrompt: { ...guest.atPrompt, snapshot: whole(guest.atPrompt.snapshot), text: whole(guest.atPrompt.text) },
    }),
    files: guest.files.map((file) => ({ ...file, path: whole(file.path) })),
  }));
}

/** The bundled machine that is named. Throws an Error that lists those there are. */
export function guestNamed(guests: readonly BundledGuest[], name: string | null): BundledGuest {
  const guest = name === null ? guests[0] : guests.find(({ id }) => id === name);
  if (guest !== undefined) return guest;
  throw new Error(`guest: there is no machine “${name}”; there are ${guests.map(({ id }) => id).join(", ")}.`);
}

/** What is to be opened: the bundled machine, or one like it with the page's own software. Throws an Error that says what is wrong. */
export async function guestToOpen(guest: BundledGuest, options: ElementOptions): Promise<BundledGuest> {
  const { program, kernel, initrd, snapshot } = options;
  if (program !== null) return guestOfFile(nameOf(program), await load("program", program), "program", guest);
  const own = initrd === null ? {} : { initrd: addressOf(initrd).href };
  if (kernel !== null) {
    return { ...guestOfFile(nameOf(kernel), await load("kernel", kernel), "kernel", guest), ...own };
  }
  // A snapshot is one of the machine as it comes.
  if (snapshot !== null) return { ...guest, atPrompt: { snapshot: addressOf(snapshot).href, bytes: 0 } };
  // At its prompt it has its own disk in its memory.
  return initrd === null ? guest : { ...guest, ...own, atPrompt: undefined };
}

/** Relative to the embedding page. */
function addressOf(text: string): URL {
  return new URL(text, document.baseURI);
}

function nameOf(text: string): string {
  return addressOf(text).pathname.split("/").at(-1) || text;
}

async function load(attribute: string, text: string): Promise<Uint8Array> {
  const { href } = addressOf(text);
  let response: Response;
  try {
    response = await fetch(href);
  } catch (error) {
    throw new Error(`${attribute}: ${href} cannot be loaded: ${(error as Error).message}`);
  }
  if (!response.ok) throw new Error(`${attribute}: ${href} cannot be loaded: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
