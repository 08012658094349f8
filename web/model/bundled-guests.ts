/** The machines that come with the page, as guests/index.json lists them. */
import type { InputDevice, MachineOptions, PointerDevice } from "../../src/worker/page.ts";
import { diskOptions } from "./guest-disk.ts";
import type { OpenOptions } from "./page-link.ts";
import { shareOptions } from "./shared-folder.ts";

/** One entry of guests/index.json. Addresses of images are relative to the page. */
export interface BundledGuest {
  /** Name in `?machine=`. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly target: string;
  /** Bytes of RAM. */
  readonly memory: number;
  readonly bios: string | null;
  readonly kernel: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly console: "uart" | "virtio";
  /** Lines of its terminal, for the gallery. */
  readonly picture?: readonly string[];
  readonly screen?: { readonly width: number; readonly height: number };
  readonly inputs?: readonly InputDevice[];
  /** Names of the kernel's addresses, and offsets of its structures, beside it. */
  readonly symbols?: string | undefined;
  readonly offsets?: string | undefined;
  /** Texts that it is made of, as far as they are served. */
  readonly sources?: readonly string[] | undefined;
  /** In the place of what `kernel` names: a file of the visitor's. */
  readonly kernelBytes?: Uint8Array;
  /** A snapshot of it at its prompt, and its terminal's text there; made when the page is built. */
  readonly atPrompt?: { readonly snapshot: string; readonly text?: string; readonly bytes: number } | undefined;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

const INDEX = "guests/index.json";

/** Those of the page's own site, or of another one. Throws an Error that names the file and what is wrong with it. */
export async function loadBundledGuests(site: string | URL = document.baseURI): Promise<readonly BundledGuest[]> {
  let response: Response;
  try {
    response = await fetch(new URL(INDEX, site));
  } catch (error) {
    throw new Error(`${INDEX} cannot be loaded: ${(error as Error).message}`);
  }
  if (!response.ok) throw new Error(`${INDEX} cannot be loaded: ${response.status} ${response.statusText}`.trimEnd());
  let guests: unknown;
  try {
    guests = await response.json();
  } catch (error) {
    throw new Error(`${INDEX} is not JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(guests) || guests.length === 0) throw new Error(`${INDEX} lists no machine`);
  const odd = guests.findIndex((guest) => !isGuest(guest));
  if (odd >= 0) throw new Error(`${INDEX}: entry ${odd} lacks id, title, target, memory, kernel or files`);
  return guests;
}

function isGuest(guest: Partial<Record<string, unknown>> | null): guest is BundledGuest & Record<string, unknown> {
  return (
    typeof guest === "object" &&
    guest !== null &&
    ["id", "title", "target", "kernel"].every((key) => typeof guest[key] === "string") &&
    typeof guest.memory === "number" &&
    Array.isArray(guest.files)
  );
}

/** What createMachine needs for this guest, with what somebody has chosen besides. */
export function guestOptions(guest: BundledGuest, chosen: OpenOptions = {}): MachineOptions {
  return {
    target: guest.target,
    memory: chosen.memory ?? guest.memory,
    firmware: guest.bios ?? undefined,
    kernel: guest.kernelBytes ?? guest.kernel,
    initrd: guest.initrd,
    append: chosen.append ?? guest.append,
    console: guest.console,
    ...(guest.screen !== undefined && { screen: guest.screen }),
    ...(guest.inputs !== undefined && { inputs: inputOptions(guest.inputs, chosen.pointer) }),
    ...(chosen.clock !== undefined && { clock: chosen.clock }),
    disks: (chosen.disks ?? []).map(diskOptions),
    ...(chosen.folder !== undefined && { shares: [shareOptions(chosen.folder)] }),
  };
}

function inputOptions(inputs: readonly InputDevice[], pointer?: PointerDevice) {
  const devices = inputs.map((device) => (device === "keyboard" ? device : (pointer ?? device)));
  return [...new Set(devices)].map((device) => ({ device }));
}

/** Bytes to load before this guest can start, known before the first answer of the server. */
export function imageBytes(guest: BundledGuest): number {
  const images = [guest.bios, guest.kernel, guest.initrd];
  return guest.files.filter(({ path }) => images.includes(path)).reduce((sum, { bytes }) => sum + bytes, 0);
}
