// Firmware configuration (QEMU, docs/specs/fw_cfg): items that the host offers to firmware by number, read byte by byte or by DMA.
// The items never change while the machine lives, so that its state is only where the guest reads.
import { firmwareItemBytes, firmwareItemCopy } from "../machine/host";
import { ramPointer, wroteRam } from "../machine/ram";

const DATA: u32 = 0x00;
const DATA_BYTES: u32 = 8;
const SELECTOR: u32 = 0x08;
const DMA_HIGH: u32 = 0x10;
const DMA_LOW: u32 = 0x14;

/** What the DMA address register reads as: "QEMU CFG", first character first. */
const DMA_SIGNATURE: u64 = 0x5145_4d55_2043_4647;

// Control word of a transfer; its high half selects an item.
const CONTROL_ERROR: u32 = 1;
const CONTROL_READ: u32 = 2;
const CONTROL_SKIP: u32 = 4;
const CONTROL_SELECT: u32 = 8;
const CONTROL_WRITE: u32 = 16;
/** Control, length, address: u32, u32, u64, all big-endian. */
const DESCRIPTOR_BYTES: u64 = 16;

/** Bytes on their way from the host to the data register. */
const SCRATCH: usize = memory.data(8, 8);

@unmanaged
export class FwCfg {
  irq: u32;
  event: u32;
  selected: u32;
  /** Bytes of the selected item that have been read or skipped. */
  offset: u32;
  /** Physical address of the next transfer's description. */
  dma: u64;

  read(offset: u32, size: u32): u64 {
    if (offset < DATA + DATA_BYTES) return this.data(size);
    if (offset < DMA_HIGH) return 0;
    const signature = bswap<u64>(DMA_SIGNATURE) >> ((offset - DMA_HIGH) << 3);
    return size == 8 ? signature : signature & 0xffff_ffff;
  }

  write(offset: u32, size: u32, value: u64): void {
    if (offset == SELECTOR) {
      this.select(bswap<u16>(<u16>value));
    } else if (offset == DMA_HIGH) {
      if (size == 8) this.transfer(bswap<u64>(value));
      else this.dma = (<u64>bswap<u32>(<u32>value)) << 32;
    } else if (offset == DMA_LOW) {
      this.transfer(this.dma | bswap<u32>(<u32>value));
    }
  }

  reset(): void {
    this.selected = 0;
    this.offset = 0;
    this.dma = 0;
  }

  tick(): void {}

  /** Whether the device in the place of `live` could be in this state, which came from a file. */
  possible(live: FwCfg): bool {
    return this.irq == live.irq && this.event == live.event && this.selected <= 0xffff;
  }

  private select(key: u16): void {
    this.selected = key;
    this.offset = 0;
  }

  /** The next `size` bytes, the first in the lowest place; behind the end of an item come zeros. */
  private data(size: u32): u64 {
    const from = this.offset;
    store<u64>(SCRATCH, 0);
    firmwareItemCopy(this.selected, from, SCRATCH, this.advance(size));
    return load<u64>(SCRATCH);
  }

  /** Moves on by `length` bytes of the item; answers how many of them there are. */
  private advance(length: u32): u32 {
    const bytes = firmwareItemBytes(this.selected);
    const rest = this.offset < bytes ? bytes - this.offset : 0;
    const part = min(rest, length);
    this.offset += part;
    return part;
  }

  /** Does what the description at guest physical address `pa` asks for, and tells there how it went. */
  private transfer(pa: u64): void {
    this.dma = 0;
    const descriptor = ramPointer(pa, DESCRIPTOR_BYTES);
    if (!descriptor) return;
    const control = bswap<u32>(load<u32>(descriptor));
    const length = bswap<u32>(load<u32>(descriptor, 4));
    const address = bswap<u64>(load<u64>(descriptor, 8));
    if (control & CONTROL_SELECT) this.select(<u16>(control >> 16));
    let result: u32 = 0;
    if (control & CONTROL_READ) {
      if (!this.readTo(address, length)) result = CONTROL_ERROR;
    } else if (control & CONTROL_WRITE) {
      // No item can be written.
      result = CONTROL_ERROR;
    } else if (control & CONTROL_SKIP) {
      this.advance(length);
    }
    store<u32>(descriptor, bswap<u32>(result));
    wroteRam(descriptor, 4);
  }

  private readTo(pa: u64, length: u32): bool {
    const ptr = ramPointer(pa, length);
    if (!ptr) return length == 0;
    const from = this.offset;
    const part = this.advance(length);
    firmwareItemCopy(this.selected, from, ptr, part);
    memory.fill(ptr + part, 0, length - part);
    wroteRam(ptr, length);
    return true;
  }
}

export const FW_CFG_BYTES: usize = offsetof<FwCfg>();
