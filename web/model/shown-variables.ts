/** Parameters and local variables of a frame, as rows can show them. */
import { typeText } from "../../src/debug/data-types.ts";
import { dataPlace } from "../../src/debug/data-values.ts";
import { bytesOfNumber, type FrameVariable, type VariablePart } from "../../src/debug/variable-bytes.ts";
import type { CallFrame, CallStackModel } from "./call-stack-model.ts";
import type { GuestMemory } from "./guest-memory.ts";
import type { RegisterModel } from "./register-model.ts";
import type { DataPlace, HeldPart, PlaceSource } from "./typed-memory.ts";

/** A variable with a place that its value is read from, or why there is none: in a word and, where that does not say it, in a part of a sentence. */
export interface ShownVariable {
  readonly name: string;
  readonly type: string;
  readonly at:
    | { readonly kind: "place"; readonly place: DataPlace; readonly source: PlaceSource }
    | { readonly kind: "none"; readonly word: string; readonly why: string }
    /** A pointer that has no value, but points to something that has. */
    | { readonly kind: "pointer"; readonly to: ShownVariable };
}

export interface ShownScope {
  readonly name: string;
  /** The compiler has put this function in the place of its call. */
  readonly isInlined: boolean;
  readonly littleEndian: boolean;
  readonly parameters: readonly ShownVariable[];
  readonly locals: readonly ShownVariable[];
}

/** What of a machine variables are read from, and written to. */
export interface VariableModels {
  readonly stack: CallStackModel;
  readonly registers: Pick<RegisterModel, "edit">;
  readonly memory: Pick<GuestMemory, "write">;
}

/** By function from the innermost; null: no program's debug information knows the frame. Rejects as CallStackModel.variables() does. */
export async function shownVariables(
  models: VariableModels,
  frames: readonly CallFrame[],
  index: number,
): Promise<readonly ShownScope[] | null> {
  const scopes = await models.stack.variables(frames, index);
  const frame = frames[index];
  if (scopes === null || frame === undefined) return null;
  const shown = (variables: readonly FrameVariable[]) => variables.map((each) => shownVariable(models, frame, each));
  return scopes.map(({ name, isInlined, littleEndian, parameters, locals }) => {
    return { name, isInlined, littleEndian, parameters: shown(parameters), locals: shown(locals) };
  });
}

function shownVariable(models: VariableModels, frame: CallFrame, { name, type, value }: FrameVariable): ShownVariable {
  const shown = { name, type: typeText(type) };
  switch (value.kind) {
    case "memory":
      return { ...shown, at: { kind: "place", place: dataPlace(name, type, value.address), source: "virtual" } };
    case "bytes": {
      const { bytes, missing } = value;
      const registers = value.parts.flatMap(({ at }) => (at.kind === "register" ? [at.register] : []));
      const where = registers.map((each) => models.stack.registerName(each)).join(", ") || "computed";
      const parts = value.parts.map((part) => heldPart(models, frame, part));
      return {
        ...shown,
        at: { kind: "place", place: dataPlace(name, type, 0n), source: { bytes, missing, where, parts } },
      };
    }
    case "pointer":
      return { ...shown, at: { kind: "pointer", to: shownVariable(models, frame, value.target) } };
    default: {
      if (value.isGone) return { ...shown, at: { kind: "none", word: "optimized out", why: "" } };
      return { ...shown, at: { kind: "none", word: "not available", why: value.why } };
    }
  }
}

/** A part with the way back to where it was read from. */
function heldPart({ stack, registers, memory }: VariableModels, frame: CallFrame, part: VariablePart): HeldPart {
  const { first, end, at } = part;
  if (at.kind === "computed") {
    return {
      first,
      end,
      write: "Nothing holds it: the debug information computes it, so that there is nothing to change.",
    };
  }
  if (at.kind === "bits") return { first, end, write: "It is put together of bits in several places." };
  if (at.kind === "memory") {
    return {
      first,
      end,
      write: (offset, bytes) => memory.write(BigInt.asUintN(64, at.address + BigInt(offset)), bytes, "virtual"),
    };
  }
  const { register } = at;
  const home = stack.homeOf(frame, register);
  if (home === null) return { first, end, write: "No call has kept the register that it was in: it is computed." };
  return {
    first,
    end,
    async write(offset, bytes, number) {
      try {
        const value = await stack.replaced(register, home, offset, bytes, number);
        if (home.kind === "register") return await registers.edit(home.name, value);
        return await memory.write(home.address, bytesOfNumber(value, stack.wordBytes, true), "virtual");
      } catch (error) {
        return (error as Error).message;
      }
    },
  };
}
