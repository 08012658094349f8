/** Bitmaps of the made-up machine's groups. */
export const CORE = 1 << 0;
export const FP = 1 << 1;
export const VEC = 1 << 2;
export const STATUS = 1 << 4;
export const MACH = 1 << 10;
export const PROT = 1 << 11;
export const COUNT = 1 << 14;
export const VTIME = 1 << 16;
export const LINES = 1 << 18;
export const ID = 1 << 19;
/** All that its CPU has. */
export const ALL = CORE | FP | STATUS | MACH | PROT | COUNT | VTIME | LINES | ID;
