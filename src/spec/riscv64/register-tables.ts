/** All register tables of this target in one object, for the register sync and the generator. */

import { CSRS, isReadOnlyCsr } from "./csrs.ts";
import { GROUPS, REGISTERS } from "./registers.ts";

export const REGISTER_TABLES = {
  groups: GROUPS,
  registers: REGISTERS,
  /** x0 reads as the zero that stands there; instructions that write x0 are decoded to write x32, which nothing reads. */
  scratch: [
    { name: "x0", bits: 64, before: "ra" },
    { name: "x32", bits: 64, before: "pc" },
  ],
  /** CSRs that show bits of another register. */
  views: CSRS.flatMap(({ name, number, bits, view }) =>
    view === undefined ? [] : [{ name, bits, ...view, readonly: isReadOnlyCsr(number) }],
  ),
};
