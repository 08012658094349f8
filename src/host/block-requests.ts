/** Requests of the guest's disks that are under way between the core, which asks synchronously, and the backends, which take time. */
import {
  BLOCK_DISCARD,
  BLOCK_DONE,
  BLOCK_FAILED,
  BLOCK_FLUSH,
  BLOCK_PENDING,
  BLOCK_READ,
  BLOCK_WRITE,
  BLOCK_WRITE_SAFE,
  BLOCK_WRITE_ZEROES,
} from "../spec/abi.ts";
import { type BlockBackend, SECTOR_BYTES } from "./backends/block.ts";
import { SpareBuffers } from "./spare-buffers.ts";

interface BlockRequest {
  readonly kind: number;
  readonly sector: bigint;
  /** Of a write: what the core puts in; of a read: what the backend answered. */
  data: Uint8Array;
  readonly length: number;
  filled: number;
  status: number;
  /** The spare buffer in which `data` lies. */
  lent: Uint8Array | null;
}

const NO_BYTES = new Uint8Array(0);
/** Most zeroes that are written at a time. */
const ZEROES_BYTES = 1 << 20;

/** A request that its backend has answered and the guest has not seen done. */
export interface AnsweredRequest {
  readonly disk: number;
  readonly tag: number;
  readonly kind: number;
  readonly sector: bigint;
  readonly length: number;
  /** BLOCK_DONE or BLOCK_FAILED. */
  readonly status: number;
  /** What a read has brought; empty if it failed, and of other kinds. */
  readonly data: Uint8Array;
}

/** A request that a backend works on, whether or not the machine still waits for it. */
interface Work {
  readonly request: BlockRequest;
  readonly done: Promise<unknown>;
}

export class BlockRequests {
  /** Per disk, by tag. */
  private readonly requests: Map<number, BlockRequest>[];
  private readonly spare = new SpareBuffers();
  /** Per disk, what the user has been told last: a failing disk fails often. */
  private readonly told: (string | null)[];
  /** Per disk, what its backend has not finished, oldest first. */
  private readonly underWay: Work[][];

  /** Requests that the guest has made since the machine was created. */
  begun = 0;

  /** `onAnswer` is called whenever a backend has answered, `onError` with what a backend says about a failure. */
  constructor(
    private readonly disks: readonly BlockBackend[],
    private readonly onAnswer: () => void,
    private readonly onError: (message: string) => void,
  ) {
    this.requests = disks.map(() => new Map());
    this.underWay = disks.map(() => []);
    this.told = disks.map(() => null);
  }

  begin(disk: number, tag: number, kind: number, sector: bigint, length: number): void {
    this.begun++;
    const request = { kind, sector, data: NO_BYTES, length, filled: 0, status: BLOCK_PENDING, lent: null };
    if (kind === BLOCK_WRITE || kind === BLOCK_WRITE_SAFE) this.lend(request);
    this.requests[disk]!.set(tag, request);
  }

  put(disk: number, tag: number, bytes: Uint8Array): void {
    const request = this.find(disk, tag);
    request.data.set(bytes, request.filled);
    request.filled += bytes.length;
  }

  start(disk: number, tag: number): void {
    const request = this.find(disk, tag);
    const done = () => {
      if (request.kind === BLOCK_FLUSH) this.told[disk] = null;
      request.status = BLOCK_DONE;
    };
    const failed = (error: Error) => {
      const { message } = error;
      if (this.told[disk] !== message) this.onError(`disk ${disk}: the guest gets an I/O error: ${message}`);
      this.told[disk] = message;
      request.status = BLOCK_FAILED;
    };
    try {
      if (this.isDoneNow(disk, request)) done();
      else this.inOrder(disk, request).then(done, failed).then(this.onAnswer);
    } catch (error) {
      failed(error as Error);
    }
  }

  /** What is at hand is done at once. That makes no difference to the guest, for which its time has not come yet. */
  private isDoneNow(disk: number, request: BlockRequest): boolean {
    const backend = this.disks[disk]!;
    const { kind, sector } = request;
    const { readNow, writeNow } = backend;
    const act = kind === BLOCK_READ ? readNow : kind === BLOCK_WRITE ? writeNow : undefined;
    if (act === undefined || this.underWay[disk]!.some((earlier) => conflict(earlier.request, request))) return false;
    check(backend, request);
    if (kind === BLOCK_READ) this.lend(request);
    return act.call(backend, sector, request.data);
  }

  private lend(request: BlockRequest): void {
    request.lent = this.spare.take(request.length);
    request.data = request.lent.subarray(0, request.length);
  }

  /**
   * Starts a request when the earlier ones that it must not overtake are done, so that what it reads does not depend on how
   * fast the host is. That holds beyond a reset of the machine too.
   */
  private inOrder(disk: number, request: BlockRequest): Promise<void> {
    const work = this.underWay[disk]!;
    const earlier = work.filter((other) => conflict(other.request, request)).map(({ done }) => done);
    const result = Promise.all(earlier).then(() => perform(this.disks[disk]!, request));
    const entry: Work = { request, done: result.catch(() => {}).then(() => void work.splice(work.indexOf(entry), 1)) };
    work.push(entry);
    return result;
  }

  status(disk: number, tag: number): number {
    return this.find(disk, tag).status;
  }

  /** Part of what a finished read has brought. */
  get(disk: number, tag: number, offset: number, length: number): Uint8Array {
    return this.find(disk, tag).data.subarray(offset, offset + length);
  }

  end(disk: number, tag: number): void {
    const { status, lent } = this.find(disk, tag);
    // After a reset the backend may still be at work on it.
    if (lent !== null && status !== BLOCK_PENDING) this.spare.give(lent);
    this.requests[disk]!.delete(tag);
  }

  /** The machine is reset: answers that are still to come concern nobody. */
  forgetAll(): void {
    for (const requests of this.requests) requests.clear();
  }

  get allAnswered(): boolean {
    return this.requests.every((requests) => [...requests.values()].every(({ status }) => status !== BLOCK_PENDING));
  }

  /** Resolves when the backends have answered all that they were asked so far; a machine that moves goes on asking. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay.flat().map(({ done }) => done));
  }

  /** All requests, which must have been answered. */
  answered(): AnsweredRequest[] {
    return this.requests.flatMap((requests, disk) =>
      [...requests].map(([tag, { kind, sector, length, status, data }]) => {
        const brought = kind === BLOCK_READ && status === BLOCK_DONE ? data.slice() : NO_BYTES;
        return { disk, tag, kind, sector, length, status, data: brought };
      }),
    );
  }

  /** The machine is replaced: these are its requests. */
  replace(requests: readonly AnsweredRequest[]): void {
    this.forgetAll();
    for (const { disk, tag, kind, sector, length, status, data } of requests) {
      this.requests[disk]!.set(tag, { kind, sector, length, status, data, filled: 0, lent: null });
    }
  }

  private find(disk: number, tag: number): BlockRequest {
    const request = this.requests[disk]?.get(tag);
    if (request === undefined)
      throw new Error(`The core asks for request ${tag} of disk ${disk}, which is not under way.`);
    return request;
  }
}

/** Whether the order of two requests matters: a flush follows all writes before it, a write whatever touches its sectors. */
function conflict(a: BlockRequest, b: BlockRequest): boolean {
  if (a.kind === BLOCK_FLUSH || b.kind === BLOCK_FLUSH) return true;
  if (a.kind === BLOCK_READ && b.kind === BLOCK_READ) return false;
  return a.sector < endOf(b) && b.sector < endOf(a);
}

function endOf({ sector, length }: BlockRequest): bigint {
  return sector + BigInt(Math.ceil(length / SECTOR_BYTES));
}

/** Throws an Error unless it is a request that the disk can have. */
function check(disk: BlockBackend, { kind, sector, length }: BlockRequest): void {
  if (length % SECTOR_BYTES !== 0) throw new Error(`a request of ${length} bytes is not one of whole sectors`);
  if (sector + BigInt(length / SECTOR_BYTES) > disk.sectors)
    throw new Error(`sector ${sector} + ${length} bytes is beyond its end`);
  if (kind !== BLOCK_READ && disk.readOnly) throw new Error("it is read-only");
}

async function perform(disk: BlockBackend, request: BlockRequest): Promise<void> {
  const { kind, sector, length } = request;
  if (kind === BLOCK_FLUSH) return disk.flush();
  check(disk, request);
  const sectors = BigInt(length / SECTOR_BYTES);
  if (kind === BLOCK_READ) {
    request.data = await disk.read(sector, length);
    if (request.data.length !== length)
      throw new Error(`only ${request.data.length} of ${length} bytes at sector ${sector}`);
    return;
  }
  switch (kind) {
    case BLOCK_DISCARD:
      return disk.discard?.(sector, sectors);
    case BLOCK_WRITE_ZEROES:
      return disk.writeZeroes ? disk.writeZeroes(sector, sectors) : writeZeroes(disk, sector, length);
    case BLOCK_WRITE_SAFE:
      await disk.write(sector, request.data);
      return disk.flush();
    default:
      return disk.write(sector, request.data);
  }
}

async function writeZeroes(disk: BlockBackend, sector: bigint, length: number): Promise<void> {
  const zeroes = new Uint8Array(Math.min(length, ZEROES_BYTES));
  for (let at = 0; at < length; at += ZEROES_BYTES) {
    const part = zeroes.subarray(0, length - at);
    await disk.write(sector + BigInt(at / SECTOR_BYTES), part);
  }
}
