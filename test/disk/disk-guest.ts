/**
 * A guest whose only program writes words to addresses that the test lists in its memory, and with it a driver for a virtio disk
 * on a whole machine: what the tests write reaches the backends as any guest's requests do.
 */
import type { Platform } from "../../src/host/platform.ts";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { DiskOptions, Machine, MachineOptions } from "../../src/worker/node.ts";
import { SECTOR } from "./sector-content.ts";

export const [IN, OUT, FLUSH, GET_ID, DISCARD, WRITE_ZEROES] = [0, 1, 4, 8, 11, 13] as const;
export const [OK, IOERR] = [0, 1] as const;

const RAM = 0x8000_0000n;
const LIST = 0x10_0000n;
const QUEUE = 0x20_0000n;
const [AVAILABLE, USED, HEADERS] = [QUEUE + 0x4000n, QUEUE + 0x8000n, QUEUE + 0x1_0000n];
const DATA = 0x40_0000n;
/** Requests at a time, and bytes of data of each at most. */
export const DEPTH = 8;
const DATA_BYTES = 1 << 20;
/** More steps than a request takes: 100,000 ns at 4 ns a step. */
const STEPS = 30_000;

/** auipc t0,0x100; l: lwu t1,0(t0); lwu t2,4(t0); beqz t1,l; sw t2,0(t1); addi t0,t0,8; j l */
const STORE_LISTED = new Uint8Array(
  Uint32Array.of(0x0010_0297, 0x0002_e303, 0x0042_e383, 0xfe03_0ce3, 0x0073_2023, 0x0082_8293, 0xfedf_f06f).buffer,
);

const slotBase = (slot: number) => 0x1000_1000 + 0x1000 * slot;

/** Options of the machine of which a DiskGuest may be made. */
export function diskMachine(disks: readonly DiskOptions[]): MachineOptions {
  return {
    ...{ target: "riscv64", memory: 32 << 20, kernel: STORE_LISTED, paced: false },
    // Slot 0 for disk 0, and so on.
    disks: disks.map((disk, slot) => ({ ...disk, slot })),
  };
}

export interface Answer {
  readonly status: number;
  /** Of a read. */
  readonly bytes: Uint8Array;
}

interface Submitted {
  readonly place: number;
  readonly length: number;
}

export class DiskGuest {
  readonly notices: string[] = [];
  private listed = 0n;
  private offered = 0;
  private answered = 0;
  private readonly free = Array.from({ length: DEPTH }, (_, place) => place);

  private constructor(
    readonly machine: Machine,
    private readonly slot: number,
  ) {
    machine.onNotice((text) => this.notices.push(text));
  }

  /** A machine with these disks, and a driver for the one in `slot`. */
  static async create(disks: readonly DiskOptions[], platform?: Platform, slot = 0): Promise<DiskGuest> {
    const machine = await createInlineMachine(diskMachine(disks), undefined, platform);
    return DiskGuest.on(machine, slot);
  }

  /** The driver's start (virtio 1.2, 3.1.1) on a machine of diskMachine(). */
  static async on(machine: Machine, slot = 0): Promise<DiskGuest> {
    const guest = new DiskGuest(machine, slot);
    const set = (register: number, value: bigint | number) => guest.store(register, Number(value));
    await set(0x70, 0);
    await set(0x70, 3);
    for (const [half, features] of [
      [1, 1],
      [0, (1 << 9) | (1 << 13) | (1 << 14)],
    ] as const) {
      await set(0x24, half);
      await set(0x20, features);
    }
    await set(0x70, 11);
    await set(0x30, 0);
    await set(0x38, 128);
    for (const [register, at] of [
      [0x80, QUEUE],
      [0x90, AVAILABLE],
      [0xa0, USED],
    ] as const) {
      await set(register, RAM + at);
      await set(register + 4, 0);
    }
    await set(0x44, 1);
    await set(0x70, 15);
    await guest.step();
    return guest;
  }

  /** The same driver, no request under way, for a machine that goes on from here. */
  movedTo(machine: Machine): DiskGuest {
    const guest = new DiskGuest(machine, this.slot);
    guest.listed = this.listed;
    guest.offered = this.offered;
    guest.answered = this.answered;
    return guest;
  }

  async step(): Promise<void> {
    await this.machine.step(STEPS);
  }

  /** Whether a further request can be submitted. */
  get hasRoom(): boolean {
    return this.free.length > 0;
  }

  /** Offers a request to the device, which does not look before the machine moves. */
  async submit(type: number, sector: bigint, data: Uint8Array | number = 0): Promise<Submitted> {
    const place = this.free.shift();
    if (place === undefined) throw new Error("too many requests at a time");
    const length = typeof data === "number" ? data : data.length;
    const header = new DataView(new ArrayBuffer(16));
    header.setUint32(0, type, true);
    header.setBigUint64(8, sector, true);
    const [headerAt, dataAt] = [HEADERS + BigInt(place * 32), DATA + BigInt(place * DATA_BYTES)];
    await this.write(headerAt, new Uint8Array([...new Uint8Array(header.buffer), 0xff]));
    if (typeof data !== "number") await this.write(dataAt, data);
    const writes = typeof data === "number" ? 2 : 0;
    const chain: [bigint, number, number][] = [[headerAt, 16, 0]];
    if (length > 0) chain.push([dataAt, length, writes]);
    chain.push([headerAt + 16n, 1, 2]);
    const first = place * 4;
    const table = new DataView(new ArrayBuffer(16 * chain.length));
    chain.forEach(([at, bytes, flags], n) => {
      const isLast = n === chain.length - 1;
      table.setBigUint64(16 * n, RAM + at, true);
      table.setUint32(16 * n + 8, bytes, true);
      table.setUint16(16 * n + 12, flags | (isLast ? 0 : 1), true);
      table.setUint16(16 * n + 14, isLast ? 0 : first + n + 1, true);
    });
    await this.write(QUEUE + BigInt(first * 16), new Uint8Array(table.buffer));
    await this.write(AVAILABLE + 4n + BigInt((this.offered % 128) * 2), Uint8Array.of(first, 0));
    this.offered = (this.offered + 1) & 0xffff;
    await this.write(AVAILABLE + 2n, Uint8Array.of(this.offered & 0xff, this.offered >> 8));
    await this.store(0x50, 0);
    return { place, length: typeof data === "number" ? length : 0 };
  }

  /** Runs the machine until all that was submitted is answered. */
  async settle(): Promise<void> {
    for (;;) {
      const used = await this.machine.readMemory(RAM + USED + 2n, 2);
      this.answered = used[0]! | (used[1]! << 8);
      if (this.answered === this.offered) return;
      await this.step();
    }
  }

  /** What became of a request; its place is free again. */
  async answerTo({ place, length }: Submitted): Promise<Answer> {
    const status = await this.machine.readMemory(RAM + HEADERS + BigInt(place * 32 + 16), 1);
    const bytes = await this.machine.readMemory(RAM + DATA + BigInt(place * DATA_BYTES), length);
    this.free.push(place);
    return { status: status[0]!, bytes };
  }

  async request(type: number, sector: bigint, data: Uint8Array | number = 0): Promise<Answer> {
    const submitted = await this.submit(type, sector, data);
    await this.settle();
    return this.answerTo(submitted);
  }

  async read(sector: number, bytes = SECTOR): Promise<Uint8Array> {
    const answer = await this.request(IN, BigInt(sector), bytes);
    if (answer.status !== OK) throw new Error(`read of sector ${sector} has status ${answer.status}`);
    return answer.bytes;
  }

  async writeSectors(sector: number, bytes: Uint8Array): Promise<number> {
    return (await this.request(OUT, BigInt(sector), bytes)).status;
  }

  async flush(): Promise<number> {
    return (await this.request(FLUSH, 0n)).status;
  }

  /** Empties a range: `type` is DISCARD or WRITE_ZEROES. */
  async empty(type: number, sector: number, sectors: number): Promise<number> {
    return (await this.request(type, 0n, rangeOf(sector, sectors))).status;
  }

  private write(at: bigint, bytes: Uint8Array): Promise<void> {
    return this.machine.writeMemory(RAM + at, bytes);
  }

  /** The guest stores a word to a register of the device when it moves. */
  private async store(register: number, value: number): Promise<void> {
    const entry = new DataView(new ArrayBuffer(8));
    entry.setUint32(0, slotBase(this.slot) + register, true);
    entry.setUint32(4, value, true);
    await this.write(LIST + this.listed, new Uint8Array(entry.buffer));
    this.listed += 8n;
  }
}

/** Data of a request that empties a range. */
export function rangeOf(sector: number, sectors: number): Uint8Array {
  const range = new DataView(new ArrayBuffer(16));
  range.setBigUint64(0, BigInt(sector), true);
  range.setUint32(8, sectors, true);
  return new Uint8Array(range.buffer);
}
