/** Disks that somebody gives to a machine: where their content comes from, and what becomes of what the guest writes. */
import type { DiskOptions } from "../../src/worker/page.ts";
import type { PickedFile } from "./picked-file.ts";

/** `read`: the guest cannot write; `keep`: its changes are kept in this browser; `forget`: they go with the machine. */
export const DISK_ACCESSES = ["keep", "forget", "read"] as const;
export type DiskAccess = (typeof DISK_ACCESSES)[number];

export const ACCESS_WORDS: Readonly<Record<DiskAccess, string>> = {
  keep: "keep changes in this browser",
  forget: "forget changes",
  read: "read-only",
};

export type DiskSource =
  | ({ readonly kind: "file" } & PickedFile)
  /** An image on a server, by an absolute URL. */
  | { readonly kind: "address"; readonly address: string }
  /** Zeroes: a new disk, which the guest formats. */
  | { readonly kind: "blank"; readonly bytes: number };

export interface GuestDisk {
  readonly title: string;
  readonly source: DiskSource;
  readonly access: DiskAccess;
  /** With "keep": under which name its changes are kept. */
  readonly kept?: string;
}

const MIB = 1 << 20;

export function diskOfFile(picked: PickedFile, access: DiskAccess): GuestDisk {
  return { title: picked.file.name, source: { kind: "file", ...picked }, access };
}

/** Throws an Error that says what is wrong with the address. `base`: of relative ones. */
export function diskOfAddress(text: string, access: DiskAccess, base: string): GuestDisk {
  let url: URL;
  try {
    url = new URL(text.trim(), base);
  } catch {
    throw new Error(`"${text}" is no address: it should look like https://example.org/disk.img`);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new Error(`${url.href} cannot be opened: only addresses that begin with https: or http: can`);
  }
  const name = decodeURIComponent(url.pathname.split("/").at(-1) ?? "") || url.host;
  return { title: name, source: { kind: "address", address: url.href }, access };
}

/** A blank disk is always kept: without that it would be of little use. */
export function blankDiskOf(bytes: number): GuestDisk {
  return { title: `Blank disk of ${sizeText(bytes)}`, source: { kind: "blank", bytes }, access: "keep" };
}

/** What createMachine needs for it. Throws an Error if it is to be kept and has no name for that yet. */
export function diskOptions(disk: GuestDisk): DiskOptions {
  const { source, access, kept } = disk;
  const image = imageOf(source);
  if (access !== "keep") return { image, ...(access === "read" ? { readOnly: true } : { snapshot: true }) };
  if (kept === undefined) throw new Error(`${disk.title}: nobody has said where its changes are kept`);
  return { image, overlay: kept };
}

function imageOf(source: DiskSource): DiskOptions["image"] {
  if (source.kind === "address") return source.address;
  if (source.kind === "blank") return { blank: source.bytes };
  // By its handle it is as it is when the machine is made, also when that is made once more.
  return source.handle ?? source.file;
}

/** As in 256 MiB or 1.5 GiB, rounded up to what can be shown. */
export function sizeText(bytes: number): string {
  if (bytes < MIB) return `${Math.ceil(bytes / 1024)} KiB`;
  if (bytes < 1024 * MIB) return `${Math.ceil(bytes / MIB)} MiB`;
  return `${Math.ceil((bytes / MIB / 1024) * 10) / 10} GiB`;
}
