/** The stack of calls: by call frame information where an ELF file has it, else by the chain of frame pointers. */
import { FrameRegisters, type RegisterHome } from "./frame-registers.ts";
import { applyRules } from "./frame-rules.ts";
import type { FrameRules } from "./frame-table.ts";

export type { RegisterHome } from "./frame-registers.ts";

/** What an unwinder must know of a target. */
export interface StackConvention {
  readonly pc: string;
  readonly stackPointer: string;
  readonly framePointer: string;
  readonly returnAddress: string;
  /** Names of registers by DWARF's numbers; empty where there is none. */
  readonly names: readonly string[];
  /** Where a frame with a frame pointer keeps the return address and the caller's frame pointer, from that pointer. */
  readonly savedReturnAddress: bigint;
  readonly savedFramePointer: bigint;
  readonly wordBytes: number;
  /** Registers that a function leaves as it found them, and those that no function changes. */
  readonly preserved: readonly string[];
  readonly constant: readonly string[];
  /** Register from which a thread's own variables are counted. */
  readonly threadPointer: string;
  /** The bits of a register that holds a number of fewer bytes: floats in registers for floats, of 4 bytes or more. */
  widened(name: string, bits: bigint, bytes: number, isSigned: boolean): bigint;
  /** Whether a call is the last of these bytes (4 of them, or 2), so that behind them an address to return to can lie. */
  endsWithCall(bytes: Uint8Array): boolean;
}

/** What the stack is read from. */
export interface StackSource {
  /** null: it has not been read. */
  register(name: string): bigint | null;
  /** `size` bytes at a virtual address, little-endian. Throws or rejects if there is nothing. */
  memory(va: bigint, size: number): Promise<bigint>;
  /** Where the function of an address begins, or null. */
  functionAt?(address: bigint): bigint | null;
  /**
   * The registers (by name, the program counter among them) of what was interrupted, if a function that goes on at `pc` with this
   * stack pointer is one that handles traps; else null.
   */
  trapped?(pc: bigint, stackPointer: bigint): Promise<ReadonlyMap<string, SavedValue> | null>;
}

/** What a trap handler has saved, and where. */
export interface SavedValue {
  readonly value: bigint;
  readonly address: bigint;
}

/** Call frame information, of one file or of several. */
export interface FrameSource {
  at(address: bigint): FrameRules | null;
}

export interface StackFrame {
  /** Next instruction of the innermost frame, and of one that was interrupted; else the address to which the call returns. */
  readonly pc: bigint;
  /** The stack pointer before the call of this function (DWARF's canonical frame address), or null. */
  readonly frameAddress: bigint | null;
  /**
   * How it was found: where the machine stands, by call frame information, by frame pointer, in the return-address register, or in
   * what a trap handler has saved.
   */
  readonly by: "machine" | "frame-information" | "frame-pointer" | "return-register" | "trap";
  /** What is known of the registers when this function goes on, by name; without the program counter. */
  readonly registers: ReadonlyMap<string, bigint>;
  /** Where they are kept meanwhile; without those that are computed. */
  readonly homes: ReadonlyMap<string, RegisterHome>;
}

const MOST_FRAMES = 256;
/** Bytes from one frame to the next, at most, to believe that it is one. */
const FARTHEST_FRAME = 1n << 16n;

/** Frames from the innermost outwards. It ends where nothing more can be known, and never with a frame that is a guess. */
export async function callStack(
  convention: StackConvention,
  source: StackSource,
  frames: FrameSource | null,
  most = MOST_FRAMES,
): Promise<StackFrame[]> {
  const { names, pc, stackPointer } = convention;
  const registers = new FrameRegisters();
  for (const name of names) {
    const value = name === "" ? null : source.register(name);
    if (value !== null) registers.set(name, value, { kind: "register", name });
  }
  const found: StackFrame[] = [];
  let here = source.register(pc) ?? 0n;
  let by: StackFrame["by"] = "machine";
  while (found.length < most) {
    // What has not called anything else now: behind all others lies the call, and the return-address register is no longer theirs.
    const isUnderWay: boolean = by === "machine" || by === "trap";
    const before = registers.get(stackPointer) ?? 0n;
    const { values: known, homes } = registers.copy();
    const interrupted = isUnderWay ? null : ((await source.trapped?.(here, before)) ?? null);
    if (interrupted !== null) {
      found.push({ pc: here, frameAddress: null, by, registers: known, homes });
      for (const name of names) if (name !== "") registers.delete(name);
      for (const [name, { value, address }] of interrupted) {
        if (name !== pc) registers.set(name, value, { kind: "memory", address });
      }
      here = interrupted.get(pc)?.value ?? 0n;
      by = "trap";
      continue;
    }
    const rules: FrameRules | null = frames?.at(isUnderWay ? here : here - 1n) ?? null;
    const step: Step | null =
      rules === null
        ? await byFramePointer(convention, source, registers, isUnderWay ? here : null)
        : await byRules(convention, source, registers, rules);
    found.push({ pc: here, frameAddress: step?.frameAddress ?? null, by, registers: known, homes });
    if (step === null || step.caller === 0n) break;
    const after = registers.get(stackPointer) ?? 0n;
    // A stack grows downwards: a caller that lies no further up is no caller, but for a function that has no frame yet.
    if (after < before || (after === before && (step.caller === here || !isUnderWay))) break;
    here = step.caller;
    by = step.by;
  }
  return found;
}

interface Step {
  readonly caller: bigint;
  readonly frameAddress: bigint | null;
  readonly by: StackFrame["by"];
}

/** Takes the registers to those of the caller. */
async function byRules(
  convention: StackConvention,
  source: StackSource,
  registers: FrameRegisters,
  rules: FrameRules,
): Promise<Step | null> {
  const frameAddress = await applyRules(convention, source, registers, rules);
  const caller = registers.get(convention.names[rules.returnRegister] ?? "");
  if (frameAddress === null || caller === undefined) return null;
  return { caller, frameAddress, by: "frame-information" };
}

/** `here`: the program counter of a function that is under way; null: it waits for one that it has called. */
async function byFramePointer(
  convention: StackConvention,
  source: StackSource,
  registers: FrameRegisters,
  here: bigint | null,
): Promise<Step | null> {
  const { framePointer, stackPointer, returnAddress, savedReturnAddress, savedFramePointer, wordBytes } = convention;
  const frame = registers.get(framePointer);
  const stack = registers.get(stackPointer);
  if (stack === undefined) return null;
  const inRegister = here === null ? null : await calledFrom(convention, source, registers, here);
  const forget = (): void => {
    // Where it has saved others, nothing says.
    const kept = [stackPointer, framePointer, ...convention.constant];
    for (const name of convention.names) if (!kept.includes(name)) registers.delete(name);
  };
  const byRegister = (): Step | null => {
    forget();
    return inRegister === null ? null : { caller: inRegister, frameAddress: null, by: "return-register" };
  };
  if (frame === undefined || frame <= stack || frame % BigInt(wordBytes) !== 0n) return byRegister();
  try {
    let caller = await source.memory(frame + savedReturnAddress, wordBytes);
    let outerAt = frame + savedFramePointer;
    let outer = await source.memory(outerAt, wordBytes);
    // A function that calls nothing saves no return address: in its place lies the frame pointer.
    if (here !== null && caller > frame && caller - frame < FARTHEST_FRAME && caller % BigInt(wordBytes) === 0n) {
      outer = caller;
      outerAt = frame + savedReturnAddress;
      caller = registers.get(returnAddress) ?? 0n;
    } else if (inRegister !== null && inRegister !== caller) {
      // It has not made its frame yet, or no longer has it: the pointer is that of its caller.
      return byRegister();
    }
    if (caller !== 0n && !isInFunction(source, caller) && !(await isBehindCall(convention, source, caller)))
      return null;
    registers.set(stackPointer, frame, null);
    registers.set(framePointer, outer, { kind: "memory", address: outerAt });
    forget();
    return { caller, frameAddress: frame, by: "frame-pointer" };
  } catch {
    return byRegister();
  }
}

/** Where a function was called from that has called nothing yet, or null: it may have, and then the register is that call's. */
async function calledFrom(
  convention: StackConvention,
  source: StackSource,
  registers: FrameRegisters,
  here: bigint,
): Promise<bigint | null> {
  const address = registers.get(convention.returnAddress);
  const own = source.functionAt?.(here) ?? null;
  if (address === undefined || own === null || source.functionAt?.(address - 1n) === own) return null;
  return (await isBehindCall(convention, source, address)) ? address : null;
}

/**
 * Whether an address is in the midst of a known function: a kernel gives the memory of its first functions back while their frames
 * are still there. The beginning of one would rather be a pointer to it.
 */
function isInFunction(source: StackSource, address: bigint): boolean {
  const own = source.functionAt?.(address - 1n) ?? null;
  return own !== null && source.functionAt?.(address) === own;
}

/** Whether the instruction in front of an address is a call. */
async function isBehindCall(convention: StackConvention, source: StackSource, address: bigint): Promise<boolean> {
  for (const size of [4, 2]) {
    try {
      const word = await source.memory(BigInt.asUintN(64, address - BigInt(size)), size);
      if (
        convention.endsWithCall(Uint8Array.from({ length: size }, (_, n) => Number((word >> BigInt(8 * n)) & 0xffn)))
      ) {
        return true;
      }
    } catch {
      // A shorter one may still lie there.
    }
  }
  return false;
}
