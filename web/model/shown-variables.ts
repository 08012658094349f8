/** Parameters and local variables of a frame, as rows can show them. */
import { typeText } from "../../src/debug/data-types.ts";
import { dataPlace } from "../../src/debug/data-values.ts";
import type { FrameVariable } from "../../src/debug/frame-variables.ts";
import type { CallFrame, CallStackModel } from "./call-stack-model.ts";
import type { DataPlace, PlaceSource } from "./typed-memory.ts";

/** A variable with a place that its value is read from, or why there is none: in a word and, where that does not say it, in a part of a sentence. */
export interface ShownVariable {
  readonly name: string;
  readonly type: string;
  readonly at:
    | { readonly kind: "place"; readonly place: DataPlace; readonly source: PlaceSource }
    | { readonly kind: "none"; readonly word: string; readonly why: string };
}

export interface ShownScope {
  readonly name: string;
  /** The compiler has put this function in the place of its call. */
  readonly isInlined: boolean;
  readonly littleEndian: boolean;
  readonly parameters: readonly ShownVariable[];
  readonly locals: readonly ShownVariable[];
}

/** By function from the innermost; null: no program's debug information knows the frame. Rejects as CallStackModel.variables() does. */
export async function shownVariables(
  stack: CallStackModel,
  frames: readonly CallFrame[],
  index: number,
): Promise<readonly ShownScope[] | null> {
  const scopes = await stack.variables(frames, index);
  if (scopes === null) return null;
  const shown = (variables: readonly FrameVariable[]) => variables.map((variable) => shownVariable(stack, variable));
  return scopes.map(({ name, isInlined, littleEndian, parameters, locals }) => {
    return { name, isInlined, littleEndian, parameters: shown(parameters), locals: shown(locals) };
  });
}

function shownVariable(stack: CallStackModel, { name, type, value }: FrameVariable): ShownVariable {
  const shown = { name, type: typeText(type) };
  switch (value.kind) {
    case "memory":
      return { ...shown, at: { kind: "place", place: dataPlace(name, type, value.address), source: "virtual" } };
    case "bytes": {
      const { bytes, missing, registers } = value;
      const where = registers.length === 0 ? "computed" : registers.map((each) => stack.registerName(each)).join(", ");
      return { ...shown, at: { kind: "place", place: dataPlace(name, type, 0n), source: { bytes, missing, where } } };
    }
    default: {
      if (value.isGone) return { ...shown, at: { kind: "none", word: "optimized out", why: "" } };
      return { ...shown, at: { kind: "none", word: "not available", why: value.why } };
    }
  }
}
