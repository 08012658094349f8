/** Errors of the register sync: a code, the group and register concerned, and a sentence. */

import {
  SYNC_EBUSY,
  SYNC_ECONFLICT,
  SYNC_EINVAL,
  SYNC_ENOTSUP,
  SYNC_EREJECT,
  SYNC_EROFS,
  SYNC_ESTALE,
} from "../spec/abi.ts";

export type SyncCode = "EINVAL" | "ENOTSUP" | "EROFS" | "EREJECT" | "ESTALE" | "ECONFLICT" | "EBUSY";

/** The core's numbers of the same errors. */
const CODES = new Map<number, SyncCode>([
  [SYNC_EINVAL, "EINVAL"],
  [SYNC_ENOTSUP, "ENOTSUP"],
  [SYNC_EROFS, "EROFS"],
  [SYNC_EREJECT, "EREJECT"],
  [SYNC_ESTALE, "ESTALE"],
  [SYNC_ECONFLICT, "ECONFLICT"],
  [SYNC_EBUSY, "EBUSY"],
]);

const SENTENCES: Readonly<Record<SyncCode, string>> = {
  EINVAL: "not defined",
  ENOTSUP: "this CPU has no such group",
  EROFS: "read-only",
  EREJECT: "the value is not possible in the state that the put would make; nothing was applied",
  ESTALE: "the slot is stale; hold the machine and get the group first",
  ECONFLICT: "another client's pending edit is newer than what this client last read",
  EBUSY: "the machine runs; pause it first",
};

export class SyncError extends Error {
  readonly code: SyncCode;
  /** Name of the group concerned. */
  readonly group: string | undefined;
  /** Name of the register concerned. */
  readonly register: string | undefined;

  constructor(code: SyncCode, about: { group?: string; register?: string; sentence?: string } = {}) {
    const place = [about.group, about.register].filter((part) => part !== undefined).join(".");
    super(`${code}${place === "" ? "" : ` ${place}`}: ${about.sentence ?? SENTENCES[code]}`);
    this.name = "SyncError";
    this.code = code;
    this.group = about.group;
    this.register = about.register;
  }

  /** The error behind a number that the core answered. */
  static fromCore(error: number, group?: string, register?: string): SyncError {
    return new SyncError(CODES.get(error) ?? "EINVAL", { group, register });
  }

  /** What crossed a worker's border as a plain Error becomes a SyncError again; anything else stays as it is. */
  static revive(error: unknown): unknown {
    if (error instanceof SyncError || !(error instanceof Error)) return error;
    const match = /^(E[A-Z]+)(?: ([^.:\s]+)(?:\.(\S+))?)?: (.*)$/s.exec(error.message);
    if (match === null || !(match[1] in SENTENCES)) return error;
    return new SyncError(match[1] as SyncCode, { group: match[2], register: match[3], sentence: match[4] });
  }
}
