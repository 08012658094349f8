/** A driver for the GPU of the test board: its commands (virtio 1.2, 5.7.6.7) as words, and what comes back. */
import { expect } from "vitest";
import { RAM } from "./board.ts";
import { type Descriptor, type DriverQueue, VirtioDriver, WRITE } from "./virtio-driver.ts";

export const GPU = 16;
export const [DISPLAY_INFO, CREATE, UNREF, SCANOUT, FLUSH, TRANSFER, ATTACH, DETACH] = [
  0x100, 0x101, 0x102, 0x103, 0x104, 0x105, 0x106, 0x107,
] as const;
export const [UPDATE_CURSOR, MOVE_CURSOR] = [0x300, 0x301] as const;
export const EDID = 0x10a;
export const [OK, OK_DISPLAY_INFO, OK_EDID] = [0x1100, 0x1101, 0x1104] as const;
export const [UNSPEC, NO_MEMORY, BAD_SCANOUT, BAD_RESOURCE, BAD_PARAMETER] = [
  0x1200, 0x1201, 0x1202, 0x1203, 0x1205,
] as const;
export const BGRX = 2;
/** Where a command and its response lie: offsets in guest RAM. */
export const COMMAND = 0x20_0000;
export const RESPONSE = 0x24_0000;
const RESPONSE_BYTES = 2048;

export class GpuDriver extends VirtioDriver {
  private queues2: DriverQueue[] = [];
  private readonly done = [0, 0];

  /** With all features but `without`. */
  open(without = 0n): this {
    this.queues2 = this.start(2, 128, without);
    return this;
  }

  /** Hands over a chain and answers the response, as far as the device wrote it. */
  exchange(chain: readonly Descriptor[], queue = 0): Buffer {
    const { board } = this;
    const at = this.queues2[queue]!;
    board.ram.fill(0, RESPONSE, RESPONSE + RESPONSE_BYTES);
    at.chain(0, chain);
    at.offer(0);
    this.notify(queue);
    if (at.usedIndex() === this.done[queue]) return Buffer.alloc(0);
    const [, length] = at.usedEntry(this.done[queue]!++);
    return Buffer.from(board.ram.slice(RESPONSE, RESPONSE + length));
  }

  /** A command of 32-bit words behind its header. */
  command(type: number, words: readonly number[], header: readonly number[] = [0, 0, 0, 0, 0], queue = 0): Buffer {
    const all = [type, ...header, ...words];
    for (const [i, word] of all.entries()) this.board.view.setUint32(COMMAND + 4 * i, word >>> 0, true);
    const chain: Descriptor[] = [{ pa: RAM + BigInt(COMMAND), length: 4 * all.length }];
    const answer: Descriptor[] = [{ pa: RAM + BigInt(RESPONSE), length: RESPONSE_BYTES, flags: WRITE }];
    return this.exchange(queue === 0 ? [...chain, ...answer] : chain, queue);
  }

  /** The type of the response. */
  answer(type: number, ...words: number[]): number {
    const response = this.command(type, words);
    expect(response.length).toBe(24);
    return response.readUInt32LE(0);
  }

  cursor(type: number, ...words: number[]): void {
    this.command(type, words, undefined, 1);
  }

  create(id: number, width: number, height: number, format = BGRX): number {
    return this.answer(CREATE, id, format, width, height);
  }

  attach(id: number, ...entries: (readonly [pa: bigint, length: number])[]): number {
    const words = entries.flatMap(([pa, length]) => [Number(pa & 0xffff_ffffn), Number(pa >> 32n), length, 0]);
    return this.answer(ATTACH, id, entries.length, ...words);
  }

  transfer(id: number, rectangle: readonly number[], offset = 0n): number {
    return this.answer(TRANSFER, ...rectangle, Number(offset & 0xffff_ffffn), Number(offset >> 32n), id, 0);
  }
}
