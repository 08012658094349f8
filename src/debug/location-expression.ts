/** DWARF's expressions: where the value of a variable is, or what it is (DWARF 5, sections 2.5 and 2.6). */
import { DwarfReader } from "./dwarf-reader.ts";
import { type LocationContext, Unavailable } from "./location-context.ts";
import { OP, operationOf } from "./location-operations.ts";
import { StackMachine } from "./location-stack.ts";

export type LocationKind =
  | { readonly kind: "memory"; readonly address: bigint }
  | { readonly kind: "register"; readonly register: number }
  /** The value itself, which has no place. */
  | { readonly kind: "value"; readonly value: bigint }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** A pointer to so many bytes behind the start of the variable at this offset in .debug_info, which need not be in memory. */
  | { readonly kind: "pointer"; readonly entry: number; readonly offset: bigint }
  /** The compiler kept nothing. */
  | { readonly kind: "nothing" };

/** A part of a variable. */
export interface LocationPiece {
  readonly at: LocationKind;
  /** Bits that it gives to the variable; null: all. */
  readonly bits: number | null;
  /** Bits of the place below those. */
  readonly shift: number;
}

/** A loop that does more is damage. */
const MOST_STEPS = 2000;
/** Expressions that call others. */
const MOST_CALLS = 16;

/**
 * Parts of the variable in order; one that is all of it has no size. `initial`: what is on the stack at first. Rejects with an
 * Unavailable, or with an Error that says what is damaged.
 */
export async function evaluateLocation(
  code: Uint8Array,
  context: LocationContext,
  initial: readonly bigint[] = [],
): Promise<readonly LocationPiece[]> {
  const evaluation = new Evaluation(context, initial);
  await evaluation.run(code, 0);
  return evaluation.result();
}

class Evaluation {
  private readonly machine: StackMachine;
  private readonly pieces: LocationPiece[] = [];
  /** What the operations since the last piece have said, if it is not the address on top of the stack. */
  private said: LocationKind | null = null;
  private steps = 0;

  constructor(
    private readonly context: LocationContext,
    initial: readonly bigint[],
  ) {
    this.machine = new StackMachine(context, initial);
  }

  result(): readonly LocationPiece[] {
    return this.pieces.length > 0 ? this.pieces : [{ at: this.taken(), bits: null, shift: 0 }];
  }

  async run(code: Uint8Array, depth: number): Promise<void> {
    if (depth > MOST_CALLS) throw new Error("location expressions call each other without an end");
    const reader = new DwarfReader(code, this.context.littleEndian);
    while (!reader.isAtEnd) {
      if (++this.steps > MOST_STEPS) throw new Error("a location expression has no end");
      const written = reader.u8();
      const operation = operationOf(written);
      if (operation === OP.piece) this.addPiece(reader.count() * 8, 0);
      else if (operation === OP.bitPiece) this.addPiece(reader.count(), reader.count());
      else if (this.said !== null) {
        if (operation === OP.uninitialized || operation === OP.nop) continue;
        throw new Error(`operation 0x${written.toString(16)} behind a whole location`);
      } else if (operation >= OP.call2 && operation <= OP.callReference) {
        const bytes = operation === OP.callReference ? this.context.offsetBytes : operation === OP.call2 ? 2 : 4;
        const offset = Number(reader.unsigned(bytes));
        await this.run(this.context.procedure(offset, operation !== OP.callReference), depth + 1);
      } else {
        this.said = this.location(operation, reader);
        if (this.said === null) await this.machine.execute(operation, written, reader);
      }
    }
  }

  /** null: it is an operation of the stack. */
  private location(operation: number, reader: DwarfReader): LocationKind | null {
    if (operation >= OP.register && operation < OP.base) return { kind: "register", register: operation - OP.register };
    switch (operation) {
      case OP.registerX:
        return { kind: "register", register: reader.count() };
      case OP.stackValue:
        return { kind: "value", value: this.machine.pop().bits };
      case OP.implicitValue:
        return { kind: "bytes", bytes: reader.block(reader.count()) };
      case OP.implicitPointer:
        return {
          kind: "pointer",
          entry: Number(reader.unsigned(this.context.offsetBytes)),
          offset: reader.sleb(),
        };
      default:
        return null;
    }
  }

  private addPiece(bits: number, shift: number): void {
    this.pieces.push({ at: this.taken(), bits, shift });
    this.said = null;
  }

  private taken(): LocationKind {
    if (this.said !== null) return this.said;
    return this.machine.isEmpty ? { kind: "nothing" } : { kind: "memory", address: this.machine.popAddress() };
  }
}

/** What an expression computes that is a number rather than a place. Rejects as evaluateLocation() does. */
export async function evaluateNumber(
  code: Uint8Array,
  context: LocationContext,
  initial: readonly bigint[] = [],
): Promise<bigint> {
  const pieces = await evaluateLocation(code, context, initial);
  const at = pieces[0]?.at;
  if (pieces.length === 1 && at?.kind === "memory") return at.address;
  if (pieces.length === 1 && at?.kind === "value") return at.value;
  if (pieces.length === 1 && at?.kind === "register") return context.register(at.register);
  throw new Unavailable("it is computed from what is no number");
}
