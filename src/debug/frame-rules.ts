/** From a frame's registers to its caller's, by call frame information and the DWARF expressions in it (DWARF 5, section 6.4.3). */
import type { StackConvention, StackSource } from "./call-stack.ts";
import type { FrameRegisters } from "./frame-registers.ts";
import type { FrameRule, FrameRules, RegisterRule } from "./frame-table.ts";
import { type LocationContext, Unavailable } from "./location-context.ts";
import { evaluateNumber } from "./location-expression.ts";

/** Changes the registers to those of the caller. Answers the frame's address; null: it cannot be known. */
export async function applyRules(
  convention: StackConvention,
  source: StackSource,
  registers: FrameRegisters,
  rules: FrameRules,
): Promise<bigint | null> {
  const { names, stackPointer, wordBytes, preserved, constant } = convention;
  const before = registers.copy();
  const context = contextOf(convention, source, before, rules.littleEndian);
  const frameAddress = await addressOf(rules.frame, context).catch(() => null);
  if (frameAddress === null) return null;
  const load = async (name: string, address: bigint): Promise<void> => {
    registers.set(name, await source.memory(address, wordBytes), { kind: "memory", address });
  };
  const follow = async (name: string, rule: RegisterRule): Promise<void> => {
    switch (rule.kind) {
      case "offset":
        return load(name, BigInt.asUintN(64, frameAddress + rule.offset));
      case "expression":
        return load(name, await evaluateNumber(rule.code, context, [frameAddress]));
      case "value":
        return registers.set(name, BigInt.asUintN(64, frameAddress + rule.offset), null);
      case "value-expression":
        return registers.set(name, await evaluateNumber(rule.code, context, [frameAddress]), null);
      case "register": {
        const other = names[rule.register] ?? "";
        const value = before.get(other);
        if (value === undefined) return registers.delete(name);
        return registers.set(name, value, before.homes.get(other) ?? null);
      }
      case "undefined":
        return registers.delete(name);
    }
  };
  for (const [number, rule] of rules.registers) {
    const name = names[number] ?? "";
    if (name === "") continue;
    try {
      await follow(name, rule);
    } catch {
      registers.delete(name);
    }
  }
  const ruled = new Set([...rules.registers.keys(), rules.returnRegister].map((number) => names[number] ?? ""));
  if (!ruled.has(stackPointer)) registers.set(stackPointer, frameAddress, null);
  // What the function may use as it likes was lost with its call.
  const kept = new Set([...ruled, stackPointer, ...preserved, ...constant]);
  for (const name of names) if (!kept.has(name)) registers.delete(name);
  return frameAddress;
}

async function addressOf(frame: FrameRule | null, context: LocationContext): Promise<bigint | null> {
  if (frame === null) return null;
  if ("code" in frame) return evaluateNumber(frame.code, context);
  return BigInt.asUintN(64, (await context.register(frame.register)) + frame.offset);
}

/** Of the function whose rules they are. What belongs to a unit's entries has no meaning here (section 6.4.2). */
function contextOf(
  { names, wordBytes }: StackConvention,
  source: StackSource,
  registers: FrameRegisters,
  littleEndian: boolean,
): LocationContext {
  const misplaced = (): never => {
    throw new Error("call frame information that refers to other debug information");
  };
  return {
    wordBytes,
    littleEndian,
    offsetBytes: 4,
    async register(number) {
      const value = registers.get(names[number] ?? "");
      if (value === undefined) throw new Unavailable(`register ${number} is not known`);
      return value;
    },
    memory: (address, bytes) => source.memory(address, bytes),
    frameBase: async () => misplaced(),
    frameAddress: misplaced,
    addressAt: misplaced,
    typeAt: misplaced,
    atEntry: async () => misplaced(),
    passed: async () => misplaced(),
    procedure: misplaced,
    threadAddress: async () => misplaced(),
  };
}
