/** Disks that a link names: what they are here, and what has to be asked before they are used. */
import type { GuestDisk } from "./guest-disk.ts";
import { diskOfAddress } from "./guest-disk.ts";
import type { KeptDisk } from "./kept-disks.ts";
import type { LinkDisk } from "./page-link.ts";
import { mayRead, type PickedFile, reopen } from "./picked-file.ts";

export type ResolvedDisk =
  | { readonly kind: "ready"; readonly disk: GuestDisk }
  /** Its image lies on another server, which is asked for nothing before somebody says so. */
  | { readonly kind: "foreign"; readonly disk: GuestDisk; readonly address: string; readonly origin: string }
  /** Its image is a file of the visitor's, to be allowed or chosen again. */
  | { readonly kind: "file"; readonly kept: KeptDisk }
  /** No such disk is kept in this browser. */
  | { readonly kind: "missing"; readonly id: string };

/** `origin`: the page's own. */
export function resolveLinkDisk(link: LinkDisk, kept: readonly KeptDisk[], origin: string): ResolvedDisk {
  if (!("kept" in link)) return ofAddress(diskOfAddress(link.address, link.access, origin), link.address, origin);
  const found = kept.find(({ id }) => id === link.kept);
  if (found === undefined) return { kind: "missing", id: link.kept };
  const { id, title, source } = found;
  if (source.kind === "file") return { kind: "file", kept: found };
  const disk: GuestDisk = { title, source, access: "keep", kept: id };
  return source.kind === "address" ? ofAddress(disk, source.address, origin) : { kind: "ready", disk };
}

function ofAddress(disk: GuestDisk, address: string, pageOrigin: string): ResolvedDisk {
  const { origin } = new URL(address);
  return origin === pageOrigin ? { kind: "ready", disk } : { kind: "foreign", disk, address, origin };
}

/** The same, without what need not be asked: files that the browser remembers and lets the page read. */
export async function withoutNeedless(disk: ResolvedDisk): Promise<ResolvedDisk> {
  const handle = disk.kind === "file" ? disk.kept.handle : undefined;
  if (disk.kind !== "file" || handle === undefined || !(await mayRead(handle))) return disk;
  // What is wrong with the file is said when somebody asks for it.
  return reopen(handle).then(
    (picked): ResolvedDisk => ({ kind: "ready", disk: diskOfKeptFile(disk.kept, picked) }),
    () => disk,
  );
}

/** The disk of a file that is kept, with its image. */
export function diskOfKeptFile({ id, title }: KeptDisk, picked: PickedFile): GuestDisk {
  return { title, source: { kind: "file", ...picked }, access: "keep", kept: id };
}
