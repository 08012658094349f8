/** Of a snapshot what stands behind ports and shared folders: input that waits, messages that were served, what the guest has open. */
import type { DeviceBackends } from "../device-backends.ts";
import type { ServedMessage } from "../share-requests.ts";
import { checkState, type Fid, type SessionState } from "../shares/session.ts";
import { FieldReader, FieldWriter } from "./fields.ts";

/** Most bytes of the section, and of each part of it. */
export const MOST_BACKENDS_BYTES = 64 << 20;
const MOST_SERVED = 1024;
const MOST_NAMES = 256;
const MOST_NAME_BYTES = 255;
const OPEN: readonly Fid["open"][] = [null, "folder", "read", "write"];

export interface BackendsState {
  /** Of each port. */
  readonly input: readonly Uint8Array[];
  readonly served: readonly ServedMessage[];
  /** Of each shared folder. */
  readonly sessions: readonly SessionState[];
}

/** Whether there is anything to be kept. */
export function hasBackendsState({ ports, shares }: DeviceBackends): boolean {
  return ports.all.length > 0 || shares.shares.length > 0;
}

/** All messages have been served. Throws an Error if it is more than a snapshot can hold. */
export function packBackends({ ports, shares }: DeviceBackends): Uint8Array {
  const writer = new FieldWriter();
  for (const { backend } of ports.all) writer.block(backend.peek());
  const served = shares.served();
  writer.u32(served.length);
  for (const { share, tag, reply } of served) writer.u32(share).u32(tag).block(reply);
  for (const { messageBytes, fids } of shares.sessions) {
    writer.u32(messageBytes).u32(fids.length);
    for (const { number, open, names } of fids) {
      writer.u32(number).u32(OPEN.indexOf(open)).u32(names.length);
      for (const name of names) writer.text(name);
    }
  }
  const bytes = writer.finish();
  if (bytes.length <= MOST_BACKENDS_BYTES) return bytes;
  throw new Error(
    `more waits at ports and in shared folders than a snapshot can hold (${MOST_BACKENDS_BYTES >> 20} MiB)`,
  );
}

/** Throws an Error for what cannot be behind the devices of this machine. */
export function unpackBackends({ ports, shares }: DeviceBackends, bytes: Uint8Array): BackendsState {
  const reader = new FieldReader("backends 0", bytes);
  const input = ports.all.map(() => reader.block(MOST_BACKENDS_BYTES));
  const served = Array.from({ length: reader.count(MOST_SERVED) }, (): ServedMessage => {
    return { share: reader.u32(), tag: reader.u32(), reply: reader.block(MOST_BACKENDS_BYTES) };
  });
  const sessions = shares.shares.map((): SessionState => unpackSession(reader));
  reader.end();
  return { input, served, sessions };
}

function unpackSession(reader: FieldReader): SessionState {
  const messageBytes = reader.u32();
  const fids = Array.from({ length: reader.count(0x1_0000) }, () => {
    const number = reader.u32();
    const open = OPEN[reader.count(OPEN.length - 1)] as Fid["open"];
    const names = Array.from({ length: reader.count(MOST_NAMES) }, () => reader.text(MOST_NAME_BYTES));
    return { number, open, names };
  });
  const state = { messageBytes, fids };
  try {
    checkState(state);
  } catch (error) {
    throw reader.damage(`a session of a shared folder: ${(error as Error).message}`);
  }
  return state;
}

/** Puts in place what unpackBackends() has accepted. */
export function replaceBackends({ ports, shares, flash }: DeviceBackends, state: BackendsState | null): void {
  for (const [n, { backend }] of ports.all.entries()) backend.replace(state?.input[n] ?? new Uint8Array(0));
  if (state !== null) shares.replace(state.served, state.sessions);
  flash.replaced();
}
