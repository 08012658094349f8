/** How a debugger's movements go on from one boundary to the next. */
import { type ExpressionContext, type ExpressionScope, parseExpression } from "../../debug/expressions.ts";
import type { CoreRegisters } from "./core-registers.ts";
import type { DebugTarget, Flow } from "./debug-target.ts";
import type { Movement, StopHit } from "./debug-types.ts";

/** A place up to which a movement runs freely. */
export interface Goalpost {
  readonly address: bigint;
  readonly space?: bigint;
  /** The stack pointer is at least so high: the frame is the same, or further out. */
  readonly stackFrom?: bigint;
}

/** "step": one instruction; a goalpost: run up to it; null: the end is reached. */
export type Stride = "step" | Goalpost | null;

export interface Mover {
  /** Events and interrupts are held in single steps. */
  readonly held: boolean;
  /** It wants to hear of every trap in single steps. */
  readonly hearsTraps: boolean;
  readonly reason: "step" | "until";
  /** Called at the start, after each single step, and at each goalpost. */
  next(): Stride;
  /** A trap was entered in a single step. */
  trapped(trap: NonNullable<StopHit["trap"]>): Stride;
}

/** What movers look at. */
export interface Surroundings {
  readonly registers: CoreRegisters;
  readonly target: DebugTarget;
  /** Bytes of the instruction at the program counter; fewer if they cannot be read. */
  instruction(): Uint8Array;
}

const NO_TRAPS = { hearsTraps: false, trapped: (): Stride => "step" };

/** Throws an Error that says what is wrong with the movement. */
export function moverFor(
  movement: Movement,
  around: Surroundings,
  scope: ExpressionScope,
  context: ExpressionContext,
): Mover {
  switch (movement.kind) {
    case "over":
      return over(around, movement.interrupts !== "taken");
    case "out":
      return out(around, movement.interrupts === "held");
    case "until":
      return until(movement);
    case "condition": {
      const expression = parseExpression(movement.expression, scope);
      return stepWhile("until", false, () => {
        const value = expression.evaluate(context);
        return value === 0n || value === 0;
      });
    }
    case "range":
      return range(around, movement);
    default:
      throw new Error(`"${(movement as { kind: string }).kind}" is no movement`);
  }
}

/** Steps once, and again as long as `goesOn`. */
function stepWhile(reason: "step" | "until", held: boolean, goesOn: () => boolean): Mover {
  let isMoving = false;
  return {
    ...NO_TRAPS,
    held,
    reason,
    next() {
      if (isMoving && !goesOn()) return null;
      isMoving = true;
      return "step";
    },
  };
}

function until({ address, space, stackAbove }: Extract<Movement, { kind: "until" }>): Mover {
  if (address < 0n || address >> 64n !== 0n) throw new RangeError(`until: ${address} is not an address of 64 bits`);
  let isMoving = false;
  return {
    ...NO_TRAPS,
    held: false,
    reason: "until",
    next() {
      if (isMoving) return null;
      isMoving = true;
      return {
        address,
        ...(space !== undefined && { space }),
        ...(stackAbove !== undefined && { stackFrom: stackAbove + 1n }),
      };
    },
  };
}

/** Behind the call at the program counter, in the same frame; or null if it is no call. */
function behindCall({ registers, target, instruction }: Surroundings): { flow: Flow; behind: Goalpost } {
  const found = target.flowOf(instruction()) ?? { flow: "other", length: 0 };
  const behind = placeHere(registers, target, BigInt.asUintN(64, registers.pc + BigInt(found.length)));
  return { flow: found.flow, behind };
}

/** An address in the present space, to be reached in the present frame. */
function placeHere(registers: CoreRegisters, target: DebugTarget, address: bigint): Goalpost {
  return { address, space: target.addressSpace(registers), stackFrom: registers.read(target.stackPointer) };
}

function over(around: Surroundings, held: boolean): Mover {
  let isMoving = false;
  return {
    ...NO_TRAPS,
    held,
    reason: "step",
    next() {
      if (isMoving) return null;
      isMoving = true;
      const { flow, behind } = behindCall(around);
      return flow === "call" || flow === "environment" ? behind : "step";
    },
  };
}

/** Steps within ranges of addresses, such as those of a line; with `calls` "over" as `over` does. */
function range(around: Surroundings, movement: Extract<Movement, { kind: "range" }>): Mover {
  const { first, end, also = [], calls = "into", interrupts } = movement;
  const ranges = [{ first, end }, ...also];
  if (!ranges.every((each) => each.first < each.end)) {
    throw new RangeError("range: its end is not above its first address");
  }
  let isMoving = false;
  return {
    ...NO_TRAPS,
    held: interrupts === "held",
    reason: "step",
    next() {
      const { pc } = around.registers;
      if (isMoving && !ranges.some((each) => pc >= each.first && pc < each.end)) return null;
      isMoving = true;
      if (calls === "into") return "step";
      const { flow, behind } = behindCall(around);
      return flow === "call" || flow === "environment" ? behind : "step";
    },
  };
}

/** Steps over everything that is called until an instruction of this function returns; interrupts are run through as a whole. */
function out(around: Surroundings, held: boolean): Mover {
  let returning = false;
  let space = 0n;
  return {
    held,
    hearsTraps: true,
    reason: "step",
    next() {
      if (returning) return null;
      const { flow, behind } = behindCall(around);
      space = around.target.addressSpace(around.registers);
      if (flow === "call" || flow === "environment") return behind;
      returning = flow === "return";
      return "step";
    },
    trapped(trap) {
      returning = false;
      return { ...placeHere(around.registers, around.target, trap.pc), space };
    },
  };
}
