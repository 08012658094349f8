/** The host end of the board's flash: what is in it lies in the machine's memory, and what the guest changes goes to its image. */
import { FLASH_BANK_BYTES } from "../../spec/abi.ts";
import type { FlashRange } from "../guest-memory.ts";
import { type BlockBackend, SECTOR_BYTES } from "./block.ts";

export const FLASH_BANKS = 2;
/** Bytes read at a time. */
const PART_BYTES = 1 << 20;

interface Bank {
  readonly index: number;
  /** null: it was empty when the machine was made, and is forgotten with it. */
  readonly image: BlockBackend | null;
  /** Bytes behind RAM at which its content lies. */
  readonly place: number;
  /** Sectors that the image does not have yet. */
  readonly changed: Set<number>;
}

export class Flash {
  /** Bytes of all content. */
  readonly bytes: number;
  readonly banks: readonly Bank[];
  private content = new Uint8Array(0);
  private writing: Promise<void> = Promise.resolve();
  private isWriting = false;

  /**
   * An image of each bank that has one, from bank 0 on; their content begins `place` bytes behind RAM. As in QEMU the other bank is
   * zero at first and can be programmed too; without any image neither has a place.
   */
  constructor(
    images: readonly (BlockBackend | null)[],
    place: number,
    private readonly onError: (message: string) => void,
  ) {
    const count = images.some((image) => image !== null) ? FLASH_BANKS : 0;
    this.banks = Array.from({ length: count }, (_, index) => {
      const image = images[index] ?? null;
      const bytes = image === null ? FLASH_BANK_BYTES : Number(image.sectors) * SECTOR_BYTES;
      if (bytes !== FLASH_BANK_BYTES) {
        const size = `${FLASH_BANK_BYTES} bytes (truncate -s ${FLASH_BANK_BYTES >> 20}M makes a file so long)`;
        throw new RangeError(`flash ${index}: its image has ${bytes} bytes; it must have ${size}`);
      }
      return { index, image, place: place + index * FLASH_BANK_BYTES, changed: new Set() };
    });
    this.bytes = this.banks.length * FLASH_BANK_BYTES;
  }

  /** All banks of the board, the first of which is at guest physical address `start`; RAM ends at `ramEnd` in the wasm memory. */
  ranges(start: bigint, ramEnd: number): FlashRange[] {
    return Array.from({ length: FLASH_BANKS }, (_, index) => {
      const bank = this.banks.find((other) => other.index === index);
      return {
        start: start + BigInt(index * FLASH_BANK_BYTES),
        bytes: BigInt(FLASH_BANK_BYTES),
        ptr: bank === undefined ? null : ramEnd + bank.place,
      };
    });
  }

  /** Reads the images; `behindRam` is the machine's memory from the end of its RAM on. */
  async load(behindRam: Uint8Array<ArrayBuffer>): Promise<void> {
    this.content = behindRam;
    for (const { index, image, place } of this.banks) {
      if (image === null) continue;
      for (let at = 0; at < FLASH_BANK_BYTES; at += PART_BYTES) {
        const part = await image.read(BigInt(at / SECTOR_BYTES), PART_BYTES).catch((error: Error) => {
          throw new Error(`flash ${index}: ${error.message}`);
        });
        behindRam.set(part, place + at);
      }
    }
  }

  /** The guest has changed `length` bytes at `offset` of a bank. */
  written(index: number, offset: number, length: number): void {
    const bank = this.banks.find((other) => other.index === index);
    if (bank === undefined || bank.image === null) return;
    const end = Math.ceil((offset + length) / SECTOR_BYTES);
    for (let sector = Math.floor(offset / SECTOR_BYTES); sector < end; sector++) bank.changed.add(sector);
    this.write();
  }

  /** The machine has been replaced, and with it all content. */
  replaced(): void {
    for (const { index, image } of this.banks) if (image?.readOnly === false) this.written(index, 0, FLASH_BANK_BYTES);
  }

  /** Waits until the images have what the guest has written, and closes them. */
  async close(): Promise<void> {
    await this.writing;
    for (const { image } of this.banks) await image?.close();
  }

  private write(): void {
    if (this.isWriting) return;
    this.isWriting = true;
    this.writing = this.writeChanged().finally(() => {
      this.isWriting = false;
    });
  }

  private async writeChanged(): Promise<void> {
    // What changes while this waits is in the set again.
    for (let bank = this.nextChanged(); bank !== undefined; bank = this.nextChanged()) {
      const { image, place, changed } = bank;
      const sectors = [...changed].sort((a, b) => a - b);
      changed.clear();
      try {
        for (const [first, last] of runsOf(sectors)) {
          const from = place + first * SECTOR_BYTES;
          const bytes = this.content.slice(from, from + (last - first + 1) * SECTOR_BYTES);
          await image?.write(BigInt(first), bytes);
        }
        await image?.flush();
      } catch (error) {
        this.onError(
          `flash ${bank.index}: what the guest has written is not in the image: ${(error as Error).message}`,
        );
      }
    }
  }

  private nextChanged(): Bank | undefined {
    return this.banks.find(({ changed }) => changed.size > 0);
  }
}

/** First and last of each run of numbers without a gap, none longer than PART_BYTES. */
function runsOf(sectors: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const sector of sectors) {
    const run = runs[runs.length - 1];
    const grows = run !== undefined && run[1] === sector - 1 && sector - run[0] < PART_BYTES / SECTOR_BYTES;
    if (grows) run[1] = sector;
    else runs.push([sector, sector]);
  }
  return runs;
}
