/** The instructions of wasm by opcode: names, and what follows the opcode (WebAssembly specification, Binary Format; threads). */

/** What follows an opcode. `bytes`: natural alignment of a memory access. */
export type Immediate =
  | "none"
  | "blockType"
  | "label"
  | "labels"
  | "function"
  | "callIndirect"
  | "types"
  | "local"
  | "global"
  | "table"
  | "memory"
  | "i32"
  | "i64"
  | "f32"
  | "f64"
  | "heapType"
  | "memoryInit"
  | "data"
  | "memoryCopy"
  | "tableInit"
  | "element"
  | "tableCopy"
  | "fence"
  | { readonly bytes: number };

export interface Opcode {
  readonly name: string;
  readonly immediate: Immediate;
}

/** One-byte opcodes, and those behind the prefixes 0xfc and 0xfe as prefix * 0x100 + number. */
export const OPCODES: ReadonlyMap<number, Opcode> = makeOpcodes();

function makeOpcodes(): Map<number, Opcode> {
  const all = new Map<number, Opcode>();
  const row = (first: number, names: string, immediate: Immediate | ((name: string) => Immediate) = "none") => {
    names
      .trim()
      .split(/\s+/)
      .forEach((name, i) => {
        all.set(first + i, { name, immediate: typeof immediate === "function" ? immediate(name) : immediate });
      });
  };
  row(0x00, "unreachable nop");
  row(0x02, "block loop if", "blockType");
  row(0x05, "else");
  row(0x0b, "end");
  row(0x0c, "br br_if", "label");
  row(0x0e, "br_table", "labels");
  row(0x0f, "return");
  row(0x10, "call", "function");
  row(0x11, "call_indirect", "callIndirect");
  row(0x12, "return_call", "function");
  row(0x13, "return_call_indirect", "callIndirect");
  row(0x1a, "drop select");
  row(0x1c, "select", "types");
  row(0x20, "local.get local.set local.tee", "local");
  row(0x23, "global.get global.set", "global");
  row(0x25, "table.get table.set", "table");
  const loads = "i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u";
  const narrow = "i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u";
  const stores = "i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32";
  row(0x28, `${loads} ${narrow} ${stores}`, accessOf);
  row(0x3f, "memory.size memory.grow", "memory");
  row(0x41, "i32.const", "i32");
  row(0x42, "i64.const", "i64");
  row(0x43, "f32.const", "f32");
  row(0x44, "f64.const", "f64");
  row(0x45, each("i32 i64", "eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"));
  row(0x5b, each("f32 f64", "eq ne lt gt le ge"));
  const integer = "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr";
  row(0x67, each("i32 i64", integer));
  row(0x8b, each("f32 f64", "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign"));
  const truncations = "trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u";
  row(0xa7, `i32.wrap_i64 ${each("i32", truncations)} i64.extend_i32_s i64.extend_i32_u ${each("i64", truncations)}`);
  const conversions = "convert_i32_s convert_i32_u convert_i64_s convert_i64_u";
  row(0xb2, `${each("f32", `${conversions} demote_f64`)} ${each("f64", `${conversions} promote_f32`)}`);
  row(0xbc, "i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64");
  row(0xc0, "i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s");
  row(0xd0, "ref.null", "heapType");
  row(0xd1, "ref.is_null");
  row(0xd2, "ref.func", "function");
  row(0xfc00, each("i32 i64", truncations.replaceAll("trunc", "trunc_sat")));
  row(0xfc08, "memory.init", "memoryInit");
  row(0xfc09, "data.drop", "data");
  row(0xfc0a, "memory.copy", "memoryCopy");
  row(0xfc0b, "memory.fill", "memory");
  row(0xfc0c, "table.init", "tableInit");
  row(0xfc0d, "elem.drop", "element");
  row(0xfc0e, "table.copy", "tableCopy");
  row(0xfc0f, "table.grow table.size table.fill", "table");
  row(0xfe00, "memory.atomic.notify memory.atomic.wait32", { bytes: 4 });
  row(0xfe02, "memory.atomic.wait64", { bytes: 8 });
  row(0xfe03, "atomic.fence", "fence");
  const places = ["i32.# i64.#", "i32.8_u i32.16_u i64.8_u i64.16_u i64.32_u"].join(" ").split(" ");
  const spread = (what: string) =>
    places.map((place) => what.replace("T", place.slice(0, 3)).replace("W", widthOf(place)));
  row(0xfe10, spread("T.atomic.loadW").join(" "), accessOf);
  row(0xfe17, spread("T.atomic.storeW").join(" ").replaceAll("_u", ""), accessOf);
  ["add", "sub", "and", "or", "xor", "xchg", "cmpxchg"].forEach((operation, i) => {
    const names = spread(`T.atomic.rmwW.${operation}`).map((name) => name.replace(/_u(\..*)$/, "$1_u"));
    row(0xfe1e + 7 * i, names.join(" "), accessOf);
  });
  return all;
}

/** Each operation for each type, types outermost. */
function each(types: string, operations: string): string {
  return types
    .split(" ")
    .flatMap((type) => operations.split(" ").map((operation) => `${type}.${operation}`))
    .join(" ");
}

function widthOf(place: string): string {
  return place.slice(4).replace("#", "");
}

/** Width of the access that a name tells: that behind the verb, or the type's. */
function accessOf(name: string): Immediate {
  const [, bits] = /(?:load|store|rmw)(\d+)/.exec(name) ?? [];
  return { bytes: Number(bits ?? name.slice(1, 3)) / 8 };
}
