/** Codes of DWARF's operations (DWARF 5, section 7.7.1), those of GCC among them. */

export const OP = {
  addr: 0x03,
  deref: 0x06,
  const1u: 0x08,
  const8s: 0x0f,
  constu: 0x10,
  consts: 0x11,
  dup: 0x12,
  drop: 0x13,
  over: 0x14,
  pick: 0x15,
  swap: 0x16,
  rot: 0x17,
  abs: 0x19,
  neg: 0x1f,
  not: 0x20,
  plusConstant: 0x23,
  branch: 0x28,
  skip: 0x2f,
  literal: 0x30,
  register: 0x50,
  base: 0x70,
  registerX: 0x90,
  frameBase: 0x91,
  baseX: 0x92,
  piece: 0x93,
  derefSize: 0x94,
  nop: 0x96,
  call2: 0x98,
  call4: 0x99,
  callReference: 0x9a,
  threadAddress: 0x9b,
  frameAddress: 0x9c,
  bitPiece: 0x9d,
  implicitValue: 0x9e,
  stackValue: 0x9f,
  implicitPointer: 0xa0,
  addressIndex: 0xa1,
  constantIndex: 0xa2,
  entryValue: 0xa3,
  constType: 0xa4,
  registerType: 0xa5,
  derefType: 0xa6,
  convert: 0xa8,
  reinterpret: 0xa9,
  uninitialized: 0xf0,
  /** GCC's own: what the caller has passed for a parameter, which may have been left out of the function. */
  parameter: 0xfa,
} as const;

/** What GCC writes for DWARF 4 has become an operation of DWARF 5. */
const GNU: Readonly<Record<number, number>> = {
  224: OP.threadAddress,
  242: OP.implicitPointer,
  243: OP.entryValue,
  244: OP.constType,
  245: OP.registerType,
  246: OP.derefType,
  247: OP.convert,
  249: OP.reinterpret,
  251: OP.addressIndex,
  252: OP.constantIndex,
};

/** The operation that a code means. */
export function operationOf(code: number): number {
  return GNU[code] ?? code;
}
