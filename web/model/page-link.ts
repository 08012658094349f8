/** The page's address as a machine: which one, with which options, panels and stop points, and where it stands. */
import type { PointerDevice, StopPoint } from "../../src/worker/page.ts";
import type { NewStopPoint } from "./debug-model.ts";
import { DISK_ACCESSES, type DiskAccess, diskOfAddress, type GuestDisk } from "./guest-disk.ts";
import { LAYOUT_NAMES, type LayoutName } from "./layout-model.ts";
import type { SharedFolder } from "./shared-folder.ts";

/** What can be chosen when a machine is opened; absent: as it comes. */
export interface OpenOptions {
  /** Bytes of RAM. */
  readonly memory?: number;
  readonly append?: string;
  readonly clock?: "icount" | "realtime";
  /** In the place of the pointer that the machine has, if it has one. */
  readonly pointer?: PointerDevice;
  /** It runs for so many steps, and then stands. */
  readonly at?: bigint;
  readonly disks?: readonly GuestDisk[];
  /** A folder that the guest may read. */
  readonly folder?: SharedFolder;
  /** It starts at its prompt, from a snapshot, if there is one. */
  readonly prompt?: boolean;
}

/** A disk in a link: an image on a server, or one whose changes are kept in the browser that opens the link. */
export type LinkDisk = { readonly access: DiskAccess; readonly address: string } | { readonly kept: string };

export interface PageLink {
  /** null: none is named, so the first one is meant. */
  readonly machine: string | null;
  readonly options: Omit<OpenOptions, "disks" | "folder">;
  readonly disks: readonly LinkDisk[];
  readonly layout: LayoutName | null;
  readonly points: readonly NewStopPoint[];
  /** Parts of the address that could not be understood and are left out, by name. */
  readonly odd: readonly string[];
}

const MIB = 1 << 20;
/** Fields of stop points that are addresses or numbers of any size. */
const BIG_FIELDS = ["address", "space"];
/** Fields that a stop point of each kind must have. */
const NEEDED: Readonly<Record<StopPoint["kind"], readonly string[]>> = {
  execute: ["address"],
  watch: ["address", "size", "access"],
  register: ["name"],
  csr: ["name"],
  trap: [],
  privilege: [],
  console: ["text"],
};
/** What is shown before a machine has judged it: each field is at least of its type. */
const FIELD_TYPES: ReadonlyMap<string, string> = new Map([
  ...["kind", "condition", "log", "access", "name", "text"].map((name) => [name, "string"] as const),
  ...["ignore", "size", "to"].map((name) => [name, "number"] as const),
  ...["enabled", "temporary"].map((name) => [name, "boolean"] as const),
  ...BIG_FIELDS.map((name) => [name, "bigint"] as const),
  ...["exceptions", "interrupts"].map((name) => [name, "causes"] as const),
]);
const MOST_POINTS = 100;
const MOST_DISKS = 8;

export function parseLink(query: string): PageLink {
  const parameters = new URLSearchParams(query);
  const odd: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T | undefined): T | undefined => {
    const text = parameters.get(name);
    if (text === null) return undefined;
    const value = parse(text);
    if (value === undefined) odd.push(name);
    return value;
  };
  const memory = read("memory", (text) =>
    /^\d{1,4}$/.test(text) && Number(text) > 0 ? Number(text) * MIB : undefined,
  );
  const append = read("append", (text) => text);
  const clock = read("clock", (text) => (text === "icount" || text === "realtime" ? text : undefined));
  const pointer = read("pointer", (text) => (text === "tablet" || text === "mouse" ? text : undefined));
  const at = read("at", (text) => (/^\d{1,15}$/.test(text) ? BigInt(text) : undefined));
  const prompt = read("start", (text) => (text === "prompt" ? true : undefined));
  const layout = read("layout", (text) => LAYOUT_NAMES.find((name) => name === text));
  const points = read("stops", parsePoints) ?? [];
  const disks = parameters.getAll("disk").map(parseDisk);
  if (disks.includes(undefined) || disks.length > MOST_DISKS) odd.push("disk");
  return {
    machine: parameters.get("machine"),
    disks: disks.filter((disk) => disk !== undefined).slice(0, MOST_DISKS),
    options: {
      ...(memory !== undefined && { memory }),
      ...(append !== undefined && { append }),
      ...(clock !== undefined && { clock }),
      ...(pointer !== undefined && { pointer }),
      ...(at !== undefined && { at }),
      ...(prompt !== undefined && { prompt }),
    },
    layout: layout ?? null,
    points,
    odd,
  };
}

/** The query of a link that opens the same. */
export function linkQuery(link: Omit<PageLink, "odd">): string {
  const { machine, options, disks, layout, points } = link;
  const parameters = new URLSearchParams();
  if (machine !== null) parameters.set("machine", machine);
  if (options.memory !== undefined) parameters.set("memory", String(options.memory / MIB));
  if (options.append !== undefined) parameters.set("append", options.append);
  if (options.clock !== undefined) parameters.set("clock", options.clock);
  if (options.pointer !== undefined) parameters.set("pointer", options.pointer);
  if (options.at !== undefined) parameters.set("at", String(options.at));
  if (options.prompt) parameters.set("start", "prompt");
  for (const disk of disks) {
    parameters.append("disk", "kept" in disk ? `kept,${disk.kept}` : `${disk.access},${disk.address}`);
  }
  if (layout !== null) parameters.set("layout", layout);
  if (points.length > 0) {
    const text = JSON.stringify(points, (key, value) => {
      if (key === "id") return undefined;
      return typeof value === "bigint" ? `0x${value.toString(16)}` : value;
    });
    parameters.set("stops", text);
  }
  return `?${parameters}`;
}

/** How a link names a disk; undefined: it cannot, since the image is a file of the visitor's that nobody keeps. */
export function linkDisk({ source, access, kept }: GuestDisk): LinkDisk | undefined {
  if (kept !== undefined) return { kept };
  return source.kind === "address" ? { access, address: source.address } : undefined;
}

function parseDisk(text: string): LinkDisk | undefined {
  const [word, rest] = [text.slice(0, text.indexOf(",")), text.slice(text.indexOf(",") + 1)];
  if (word === "kept") return /^[a-z0-9-]{1,64}$/.test(rest) ? { kept: rest } : undefined;
  const access = DISK_ACCESSES.find((name) => name === word);
  if (access === undefined) return undefined;
  try {
    // Only whole addresses: what a relative one means would depend on where the page is.
    const { source } = diskOfAddress(rest, access, "about:blank");
    return source.kind === "address" ? { access, address: source.address } : undefined;
  } catch {
    return undefined;
  }
}

function parsePoints(text: string): readonly NewStopPoint[] | undefined {
  try {
    const points: unknown = JSON.parse(text, (key, value) => {
      if (!BIG_FIELDS.includes(key)) return value;
      if (typeof value !== "string" || !/^0x[0-9a-f]{1,16}$/.test(value)) throw new Error("no address");
      return BigInt(value);
    });
    if (!Array.isArray(points) || points.length > MOST_POINTS) return undefined;
    return points.every(isPoint) ? points : undefined;
  } catch {
    return undefined;
  }
}

function isPoint(point: unknown): point is NewStopPoint {
  if (typeof point !== "object" || point === null) return false;
  const fields = new Map(Object.entries(point));
  const needed = Object.entries(NEEDED).find(([kind]) => kind === fields.get("kind"))?.[1];
  return (
    needed?.every((name) => fields.has(name)) === true &&
    [...fields].every(([name, value]) => isOfType(value, FIELD_TYPES.get(name)))
  );
}

function isOfType(value: unknown, type: string | undefined): boolean {
  if (type !== "causes") return typeof value === type;
  return value === "all" || (Array.isArray(value) && value.every((cause) => typeof cause === "number"));
}
