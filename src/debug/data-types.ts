/** The types of a program in a form that knows no debug information, and how they are written. */

/** Bytes of each are 0 where the size is not known. */
export type DataType =
  | {
      readonly kind: "number";
      readonly name: string;
      readonly bytes: number;
      readonly meaning: "unsigned" | "signed" | "float" | "character" | "boolean";
    }
  | { readonly kind: "pointer"; readonly bytes: number; readonly to: () => DataType }
  | {
      readonly kind: "structure";
      /** As in "struct Process"; the name alone where it has no tag. */
      readonly name: string;
      readonly bytes: number;
      readonly isUnion: boolean;
      readonly fields: () => readonly DataField[];
    }
  | { readonly kind: "array"; readonly bytes: number; readonly of: DataType; readonly count: number }
  | {
      readonly kind: "enumeration";
      readonly name: string;
      readonly bytes: number;
      readonly isSigned: boolean;
      readonly names: readonly { readonly name: string; readonly value: bigint }[];
    }
  | { readonly kind: "named"; readonly name: string; readonly bytes: number; readonly of: DataType }
  /** Nothing that memory holds: code, void, or what a file leaves out. */
  | { readonly kind: "none"; readonly name: string; readonly bytes: number };

export interface DataField {
  /** Empty: the fields of an unnamed structure stand for themselves. */
  readonly name: string;
  readonly type: DataType;
  /** Bytes from the start of the structure. */
  readonly offset: number;
  /** Of a bit field: where its lowest bit lies from that of the structure's byte `offset` on, and its width. */
  readonly bits: { readonly shift: number; readonly width: number } | null;
}

export interface DataVariable {
  readonly name: string;
  readonly address: bigint;
  readonly type: DataType;
}

/** A damaged pointer may lead to itself. */
const MOST_STARS = 64;

/** As a program in C writes it, about. */
export function typeText(type: DataType, depth = 0): string {
  switch (type.kind) {
    case "pointer":
      return depth > MOST_STARS ? "…" : `${typeText(type.to(), depth + 1)} *`;
    case "array": {
      let counts = "";
      let of: DataType = type;
      for (; of.kind === "array"; of = of.of) counts += `[${of.count === 0 ? "" : of.count}]`;
      return `${typeText(of, depth + 1)}${counts}`;
    }
    case "structure":
      return type.name === "" ? (type.isUnion ? "union" : "struct") : type.name;
    case "enumeration":
      return type.name === "" ? "enum" : type.name;
    default:
      return type.name;
  }
}

/** Without the names that programs give to types. */
export function bareType(type: DataType): DataType {
  let bare = type;
  while (bare.kind === "named") bare = bare.of;
  return bare;
}
