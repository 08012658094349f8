// Parallel NOR flash: two banks, each of two 16-bit chips side by side, with Intel's command set (Common Flash Interface, JEDEC
// JESD68.01 and JEP137B; Intel StrataFlash datasheets). A bank that shows its array is memory to loads and fetches, as ROM is;
// while it answers commands, each access comes here.
import { FLASH_BANK_BYTES } from "../../src/spec/abi";
import { mappingChanged } from "../generated/target";
import { flashWritten } from "../machine/host";
import { behindRam, wroteRam } from "../machine/ram";

const BANKS: u32 = 2;
/** Bytes that one erase clears: 128 KiB of each chip. */
const SECTOR_BYTES: u32 = 0x4_0000;
/** What one buffered write can reach, from a multiple of its size on: 2 KiB of each chip. */
const BUFFER_BYTES: u32 = 0x1000;
/** Bus cycles that it takes at most. */
const BUFFER_CYCLES: u32 = 0x400;

const COMMAND_PROGRAM: u32 = 0x40;
const COMMAND_PROGRAM_OLD: u32 = 0x10;
const COMMAND_ERASE: u32 = 0x20;
const COMMAND_CLEAR_STATUS: u32 = 0x50;
const COMMAND_LOCK: u32 = 0x60;
const COMMAND_STATUS: u32 = 0x70;
const COMMAND_ID: u32 = 0x90;
const COMMAND_QUERY: u32 = 0x98;
const COMMAND_CONFIRM: u32 = 0xd0;
const COMMAND_BUFFER: u32 = 0xe8;

const STATUS_READY: u32 = 0x80;
const STATUS_ERASE_ERROR: u32 = 0x20;
const STATUS_PROGRAM_ERROR: u32 = 0x10;
const STATUS_LOCKED: u32 = 0x02;

// What reads answer.
const SHOWS_ARRAY: u32 = 0;
const SHOWS_STATUS: u32 = 1;
const SHOWS_ID: u32 = 2;
const SHOWS_QUERY: u32 = 3;

// What the next write is, where it is not a command.
const IDLE: u32 = 0;
const WAITS_FOR_DATA: u32 = 1;
const WAITS_FOR_ERASE: u32 = 2;
const WAITS_FOR_LOCK: u32 = 3;
const WAITS_FOR_COUNT: u32 = 4;
const WAITS_FOR_BUFFER: u32 = 5;
const WAITS_FOR_CONFIRM: u32 = 6;

/** Intel, 128 Mbit. */
const MANUFACTURER: u32 = 0x89;
const DEVICE: u32 = 0x18;

/** Query data from 0x10 on: "QRY", Intel's extended set at 0x31; 4.5 to 5.5 V; times; 16 MiB, 128 sectors of 128 KiB; "PRI" 1.0. */
const QUERY: usize = memory.data<u8>([
  0x51, 0x52, 0x59, 0x01, 0x00, 0x31, 0x00, 0, 0, 0, 0, 0x45, 0x55, 0, 0, 0x07, 0x07, 0x0a, 0, 0x04, 0x04, 0x04, 0,
  0x18, 0x02, 0, 0x0b, 0, 0x01, 0x7f, 0, 0, 0x02, 0x50, 0x52, 0x49, 0x31, 0x30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01,
]);
/** The data of the write under way. */
const CYCLE: usize = memory.data(8, 8);
const QUERY_FIRST: u32 = 0x10;
const QUERY_BYTES: u32 = 48;

@unmanaged
class Bank {
  /** 1: it has content, which begins so many bytes behind RAM; 0: it reads as zeros and is protected. */
  present: u32;
  content: u32;
  /** 1: nothing can be programmed or erased. These three are configuration, which resets keep. */
  readOnly: u32;
  shows: u32;
  waits: u32;
  status: u32;
  /** Writes into the buffer that follow the next one. */
  cycles: u32;
  /** 1: a buffered write lay beyond the buffer, so that none counts. */
  failed: u32;
  /** What the buffer stands for: its first byte's offset in the bank. NOT_YET: the next write says so. */
  buffered: u32;
}

const NOT_YET: u32 = u32.MAX_VALUE;

@unmanaged
export class Pflash {
  irq: u32;
  event: u32;
  // BANKS banks follow, then the buffer of each.

  bank(index: u32): Bank {
    return changetype<Bank>(changetype<usize>(this) + offsetof<Pflash>() + index * offsetof<Bank>());
  }

  /** Bank `index` holds what lies `content` bytes behind RAM. */
  configure(index: u32, content: u32, readOnly: u32): u32 {
    if (index >= BANKS) return 0;
    this.bank(index).present = 1;
    this.bank(index).content = content;
    this.bank(index).readOnly = readOnly;
    return 1;
  }

  /** Pointer to `length` bytes from `offset` on that loads and fetches may use, or 0. */
  pointer(offset: u32, length: u64): usize {
    const bank = this.bank(offset / FLASH_BANK_BYTES);
    const at = offset % FLASH_BANK_BYTES;
    if (bank.shows != SHOWS_ARRAY || !bank.present || length > FLASH_BANK_BYTES - at) return 0;
    return behindRam(bank.content) + at;
  }

  /** Offset of what lies `place` bytes behind RAM. */
  offsetOf(place: u32): u32 {
    const second = this.bank(1);
    return second.present && place >= second.content
      ? FLASH_BANK_BYTES + (place - second.content)
      : place - this.bank(0).content;
  }

  read(offset: u32, size: u32): u64 {
    const bank = this.bank(offset / FLASH_BANK_BYTES);
    const at = offset % FLASH_BANK_BYTES;
    switch (bank.shows) {
      case SHOWS_STATUS:
        return onBothChips(bank.status, at, size);
      case SHOWS_ID:
        return onBothChips(identity(at >> 2), at, size);
      case SHOWS_QUERY:
        return onBothChips(query(at >> 2), at, size);
      default:
        return bank.present ? loadBytes(behindRam(bank.content) + at, size) : 0;
    }
  }

  write(offset: u32, size: u32, value: u64): void {
    const bank = this.bank(offset / FLASH_BANK_BYTES);
    const at = offset % FLASH_BANK_BYTES;
    const shown = bank.shows;
    if (bank.waits == IDLE) this.command(bank, at, <u32>value & 0xff);
    else this.proceed(bank, offset / FLASH_BANK_BYTES, at, size, value);
    // Loads and fetches that went to the array must come here from now on, and the other way round.
    if ((shown == SHOWS_ARRAY) != (bank.shows == SHOWS_ARRAY)) mappingChanged();
  }

  /** The content stays: this is flash. */
  reset(): void {
    for (let i: u32 = 0; i < BANKS; i++) {
      const bank = this.bank(i);
      bank.shows = SHOWS_ARRAY;
      bank.waits = IDLE;
      bank.status = STATUS_READY;
      bank.cycles = 0;
      bank.failed = 0;
      bank.buffered = NOT_YET;
    }
    memory.fill(this.buffer(0), 0, BANKS * BUFFER_BYTES);
  }

  tick(): void {}

  /** Whether the device in the place of `live` could be in this state, which came from a file. */
  possible(live: Pflash): bool {
    if (this.irq != live.irq || this.event != live.event) return false;
    for (let i: u32 = 0; i < BANKS; i++) {
      const bank = this.bank(i);
      const own = live.bank(i);
      if (bank.present != own.present || bank.content != own.content || bank.readOnly != own.readOnly) return false;
      if (bank.shows > SHOWS_QUERY || bank.waits > WAITS_FOR_CONFIRM || bank.status & ~0xff) return false;
      if (bank.cycles >= BUFFER_CYCLES || bank.failed > 1) return false;
      const begins = bank.buffered < FLASH_BANK_BYTES && bank.buffered % BUFFER_BYTES == 0;
      if (!begins && (bank.buffered != NOT_YET || bank.waits == WAITS_FOR_CONFIRM)) return false;
    }
    return true;
  }

  private buffer(index: u32): usize {
    return changetype<usize>(this) + offsetof<Pflash>() + BANKS * offsetof<Bank>() + index * BUFFER_BYTES;
  }

  private command(bank: Bank, at: u32, command: u32): void {
    bank.shows = SHOWS_STATUS;
    switch (command) {
      case COMMAND_PROGRAM:
      case COMMAND_PROGRAM_OLD:
        bank.waits = WAITS_FOR_DATA;
        break;
      case COMMAND_ERASE:
        bank.waits = WAITS_FOR_ERASE;
        break;
      case COMMAND_LOCK:
        bank.waits = WAITS_FOR_LOCK;
        break;
      case COMMAND_BUFFER:
        bank.waits = WAITS_FOR_COUNT;
        bank.buffered = NOT_YET;
        bank.failed = 0;
        break;
      case COMMAND_STATUS:
        break;
      case COMMAND_ID:
        bank.shows = SHOWS_ID;
        break;
      case COMMAND_QUERY:
        bank.shows = SHOWS_QUERY;
        break;
      case COMMAND_CLEAR_STATUS:
        bank.status = STATUS_READY;
        bank.shows = SHOWS_ARRAY;
        break;
      default:
        // Read array (0xff), and whatever else the chips do not know.
        bank.shows = SHOWS_ARRAY;
    }
  }

  /** The next write of a command that takes several. */
  private proceed(bank: Bank, index: u32, at: u32, size: u32, value: u64): void {
    const confirmed = (<u32>value & 0xff) == COMMAND_CONFIRM;
    const waits = bank.waits;
    bank.waits = IDLE;
    switch (waits) {
      case WAITS_FOR_DATA:
        store<u64>(CYCLE, value);
        if (this.writable(bank, STATUS_PROGRAM_ERROR)) this.program(index, at, CYCLE, size);
        break;
      case WAITS_FOR_ERASE:
        if (!confirmed) bank.status |= STATUS_ERASE_ERROR | STATUS_PROGRAM_ERROR;
        else if (this.writable(bank, STATUS_ERASE_ERROR)) this.erase(bank, index, at - (at % SECTOR_BYTES));
        break;
      case WAITS_FOR_COUNT:
        bank.cycles = <u32>value & 0xffff;
        if (bank.cycles < BUFFER_CYCLES) bank.waits = WAITS_FOR_BUFFER;
        else bank.status |= STATUS_ERASE_ERROR | STATUS_PROGRAM_ERROR;
        memory.fill(this.buffer(index), 0xff, BUFFER_BYTES);
        break;
      case WAITS_FOR_BUFFER:
        this.fill(bank, index, at, size, value);
        break;
      case WAITS_FOR_CONFIRM:
        if (!confirmed || bank.failed) bank.status |= STATUS_ERASE_ERROR | STATUS_PROGRAM_ERROR;
        else if (this.writable(bank, STATUS_PROGRAM_ERROR)) {
          this.program(index, bank.buffered, this.buffer(index), BUFFER_BYTES);
        }
        break;
      // WAITS_FOR_LOCK: sectors have no locks of their own, so that setting and clearing them succeeds.
    }
  }

  /** Keeps one write for when all of them are confirmed. */
  private fill(bank: Bank, index: u32, at: u32, size: u32, value: u64): void {
    if (bank.buffered == NOT_YET) bank.buffered = at - (at % BUFFER_BYTES);
    const place = at - bank.buffered;
    if (place < BUFFER_BYTES) {
      store<u64>(CYCLE, value);
      memory.copy(this.buffer(index) + place, CYCLE, size);
    } else {
      bank.failed = 1;
    }
    bank.waits = bank.cycles == 0 ? WAITS_FOR_CONFIRM : WAITS_FOR_BUFFER;
    if (bank.cycles) bank.cycles--;
  }

  private writable(bank: Bank, error: u32): bool {
    if (bank.present && !bank.readOnly) return true;
    bank.status |= error | STATUS_LOCKED;
    return false;
  }

  /** Programming clears bits and sets none. */
  private program(index: u32, at: u32, from: usize, size: u32): void {
    const ptr = behindRam(this.bank(index).content) + at;
    for (let i: u32 = 0; i < size; i++) store<u8>(ptr + i, load<u8>(ptr + i) & load<u8>(from + i));
    wroteRam(ptr, size);
    flashWritten(index, at, size);
  }

  private erase(bank: Bank, index: u32, sector: u32): void {
    const ptr = behindRam(bank.content) + sector;
    memory.fill(ptr, 0xff, SECTOR_BYTES);
    wroteRam(ptr, SECTOR_BYTES);
    flashWritten(index, sector, SECTOR_BYTES);
  }
}

export const PFLASH_BYTES: usize = offsetof<Pflash>() + BANKS * (offsetof<Bank>() + BUFFER_BYTES);

function identity(index: u32): u32 {
  return index == 0 ? MANUFACTURER : index == 1 ? DEVICE : 0;
}

function query(index: u32): u32 {
  const at = (index & 0xff) - QUERY_FIRST;
  return at < QUERY_BYTES ? load<u8>(QUERY + at) : 0;
}

/** What `size` bytes at `at` read as when each chip answers `value`. */
function onBothChips(value: u32, at: u32, size: u32): u64 {
  const both = <u64>(value | (value << 16)) | ((<u64>(value | (value << 16))) << 32);
  const shifted = both >> ((at & 3) << 3);
  return size == 8 ? shifted : shifted & (((<u64>1) << (size << 3)) - 1);
}

function loadBytes(ptr: usize, size: u32): u64 {
  if (size == 1) return load<u8>(ptr);
  if (size == 2) return load<u16>(ptr);
  if (size == 4) return load<u32>(ptr);
  return load<u64>(ptr);
}
