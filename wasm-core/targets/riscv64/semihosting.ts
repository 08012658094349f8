// Semihosting: console, clock, errno and exit calls to whoever runs the machine (RISC-V Semihosting 1.0; Arm Semihosting 3.0
// for the operations). There are no files: all other calls answer -1. Nothing is kept between two calls.
import { REASON_POWEROFF } from "../../../src/spec/abi";
import { now } from "../../machine/clock";
import { consoleAvailable, consoleOut, consoleTake } from "../../machine/host";
import { machine } from "../../machine/machine";
import { ramPointer, readablePointer, wroteRam } from "../../machine/ram";
import { ACCESS_FETCH, ACCESS_LOAD, ACCESS_STORE } from "./causes";
import { Hart, LEAVE, PRIV_U, REDIRECT, currentPc } from "./hart";
import { WALK_OK, walk, walkPa } from "./paging";

/** slli x0, x0, 0x1f and srai x0, x0, 7 around an ebreak make it a call (2.1). */
const CALL_BEFORE: u32 = 0x01f0_1013;
const CALL_AFTER: u32 = 0x4070_5013;

const SYS_OPEN: u64 = 0x01;
const SYS_CLOSE: u64 = 0x02;
const SYS_WRITEC: u64 = 0x03;
const SYS_WRITE0: u64 = 0x04;
const SYS_WRITE: u64 = 0x05;
const SYS_READ: u64 = 0x06;
const SYS_READC: u64 = 0x07;
const SYS_ISERROR: u64 = 0x08;
const SYS_ISTTY: u64 = 0x09;
const SYS_CLOCK: u64 = 0x10;
const SYS_TIME: u64 = 0x11;
const SYS_ERRNO: u64 = 0x13;
const SYS_EXIT: u64 = 0x18;
const SYS_EXIT_EXTENDED: u64 = 0x20;
const SYS_ELAPSED: u64 = 0x30;
const SYS_TICKFREQ: u64 = 0x31;

const ADP_STOPPED_APPLICATION_EXIT: u64 = 0x2_0026;
const FAILED: u64 = u64.MAX_VALUE;
/** "Function not implemented" on Linux: what the refusal of a call means. */
const ENOSYS: u64 = 38;
const NS_PER_SECOND: u64 = 1_000_000_000;
const NS_PER_CENTISECOND: u64 = 10_000_000;
/** Handles of the console (":tt"), as it was opened to read, to write and to append. */
const CONSOLE_IN: u64 = 1;
const CONSOLE_OUT: u64 = 2;
const CONSOLE_ERROR: u64 = 3;
const FIRST_WRITE_MODE: u64 = 4;
const FIRST_APPEND_MODE: u64 = 8;
const MODES: u64 = 12;
/** Most bytes of one call: longer ones are done in part, as the specification allows. */
const MOST_BYTES: u64 = 0x1_0000;

/** Whether the ebreak under way is a call, for a machine that takes calls. */
export function isSemihostingCall(hart: Hart): bool {
  if (!machine.semihosting || hart.priv == PRIV_U) return false;
  const pc = currentPc(hart);
  const first = pc - 4;
  // All three lie in one page, so that one translation tells.
  if ((first ^ (pc + 7)) >> 12) return false;
  const ptr = pointerTo(hart, first, 12, ACCESS_FETCH);
  return ptr != 0 && load<u32>(ptr) == CALL_BEFORE && load<u32>(ptr, 8) == CALL_AFTER;
}

/** Does what a0 and a1 ask for; the answer is in a0. */
export function semihostingCall(hart: Hart): u32 {
  const parameter = hart.x11;
  switch (<u32>hart.x10) {
    case <u32>SYS_READC:
      // Until there is input, the call is made again and again.
      if (!consoleAvailable()) {
        hart.pc = currentPc(hart);
        return REDIRECT;
      }
      consoleTake(changetype<usize>(hart) + offsetof<Hart>("data"), 1);
      hart.x10 = load<u8>(changetype<usize>(hart) + offsetof<Hart>("data"));
      return LEAVE;
    case <u32>SYS_EXIT:
    case <u32>SYS_EXIT_EXTENDED:
      exit(hart, parameter);
      return LEAVE;
    default:
      hart.x10 = answer(hart, hart.x10, parameter);
      return LEAVE;
  }
}

function answer(hart: Hart, operation: u64, parameter: u64): u64 {
  switch (<u32>operation) {
    case <u32>SYS_WRITEC: {
      const ptr = pointerTo(hart, parameter, 1, ACCESS_LOAD);
      if (ptr) consoleOut(load<u8>(ptr));
      return ptr ? 0 : FAILED;
    }
    case <u32>SYS_WRITE0:
      return writeString(hart, parameter);
    case <u32>SYS_OPEN:
      return open(hart, parameter);
    case <u32>SYS_CLOSE:
      return isConsole(word(hart, parameter, 0)) ? 0 : FAILED;
    case <u32>SYS_ISTTY:
      return isConsole(word(hart, parameter, 0)) ? 1 : 0;
    case <u32>SYS_WRITE:
      return write(hart, word(hart, parameter, 0), word(hart, parameter, 1), word(hart, parameter, 2));
    case <u32>SYS_READ:
      return read(hart, word(hart, parameter, 0), word(hart, parameter, 1), word(hart, parameter, 2));
    case <u32>SYS_ISERROR:
      return <i64>word(hart, parameter, 0) < 0 ? 1 : 0;
    case <u32>SYS_CLOCK:
      return now() / NS_PER_CENTISECOND;
    case <u32>SYS_TIME:
      return (machine.rtcBase + now()) / NS_PER_SECOND;
    case <u32>SYS_ELAPSED:
      return storeWord(hart, parameter, now()) ? 0 : FAILED;
    case <u32>SYS_TICKFREQ:
      return NS_PER_SECOND;
    case <u32>SYS_ERRNO:
      return ENOSYS;
    default:
      return FAILED;
  }
}

/** On 64 bits both exit calls have a block of a reason and a code. */
function exit(hart: Hart, block: u64): void {
  const isExit = word(hart, block, 0) == ADP_STOPPED_APPLICATION_EXIT;
  const code = <u32>word(hart, block, 1);
  machine.exitCode = isExit ? code : 1;
  machine.stopRequest = REASON_POWEROFF;
}

function isConsole(handle: u64): bool {
  return handle >= CONSOLE_IN && handle <= CONSOLE_ERROR;
}

/** The file ":tt" is the console; there is no other. */
function open(hart: Hart, block: u64): u64 {
  const name = pointerTo(hart, word(hart, block, 0), 4, ACCESS_LOAD);
  const mode = word(hart, block, 1);
  // Its characters in memory, with the 0 behind them.
  if (!name || load<u32>(name) != 0x0074_743a || word(hart, block, 2) != 3 || mode >= MODES) return FAILED;
  return mode < FIRST_WRITE_MODE ? CONSOLE_IN : mode < FIRST_APPEND_MODE ? CONSOLE_OUT : CONSOLE_ERROR;
}

function writeString(hart: Hart, va: u64): u64 {
  for (let at: u64 = 0; at < MOST_BYTES; at++) {
    const ptr = pointerTo(hart, va + at, 1, ACCESS_LOAD);
    if (!ptr) return FAILED;
    const byte = load<u8>(ptr);
    if (!byte) return 0;
    consoleOut(byte);
  }
  return FAILED;
}

/** Answers how many bytes were not written. */
function write(hart: Hart, handle: u64, va: u64, length: u64): u64 {
  if (!isConsole(handle) || handle == CONSOLE_IN) return FAILED;
  const most = min(length, MOST_BYTES);
  for (let at: u64 = 0; at < most; at++) {
    const ptr = pointerTo(hart, va + at, 1, ACCESS_LOAD);
    if (!ptr) return length - at;
    consoleOut(load<u8>(ptr));
  }
  return length - most;
}

/** Answers how many bytes were not read: those that have not come yet are not waited for. */
function read(hart: Hart, handle: u64, va: u64, length: u64): u64 {
  if (handle != CONSOLE_IN) return FAILED;
  const most = min(length, MOST_BYTES);
  for (let at: u64 = 0; at < most; at++) {
    if (!consoleAvailable()) return length - at;
    const ptr = pointerTo(hart, va + at, 1, ACCESS_STORE);
    if (!ptr) return length - at;
    consoleTake(ptr, 1);
    wroteRam(ptr, 1);
  }
  return length - most;
}

/** Word `n` of a call's block of parameters; all ones if it is not there. */
function word(hart: Hart, block: u64, n: u64): u64 {
  const va = block + (n << 3);
  if (va & 7) return FAILED;
  const ptr = pointerTo(hart, va, 8, ACCESS_LOAD);
  return ptr ? load<u64>(ptr) : FAILED;
}

function storeWord(hart: Hart, va: u64, value: u64): bool {
  if (va & 7) return false;
  const ptr = pointerTo(hart, va, 8, ACCESS_STORE);
  if (!ptr) return false;
  store<u64>(ptr, value);
  wroteRam(ptr, 8);
  return true;
}

/** Pointer to `length` bytes in one page at `va`, as the hart may access it; 0 if it may not. Nothing of the machine changes. */
function pointerTo(hart: Hart, va: u64, length: u64, access: u32): usize {
  if ((va ^ (va + length - 1)) >> 12) return 0;
  const priv = access == ACCESS_FETCH ? <u32>hart.priv : hart.dataPriv;
  if (walk(hart, va, access, priv, false) != WALK_OK) return 0;
  return access == ACCESS_STORE ? ramPointer(walkPa, length) : readablePointer(walkPa, length);
}
