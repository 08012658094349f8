/**
 * A made-up CPU: registers of 1 to 128 bits, a read-only, a machine-wide and a lacking group, legal values that depend on
 * another group, and a core that fetches and stores everything at once.
 */
import { GROUP_BITS, type GroupName, type GroupRow, type RegisterRow } from "../../../src/spec/register-table.ts";
import type { RegisterTables } from "../../../src/spec/slot-layout.ts";

type Class = GroupRow["class"];
const group = (name: GroupName, kind: Class, extra: Partial<GroupRow> = {}): GroupRow => ({
  name,
  bit: GROUP_BITS[name],
  class: kind,
  doc: name,
  ...extra,
});
const register = (name: string, bits: number, owner: GroupName, extra: Partial<RegisterRow> = {}): RegisterRow => ({
  name,
  bits,
  group: owner,
  doc: name,
  ...extra,
});

export const TOY_TABLES: RegisterTables = {
  groups: [
    group("CORE", "RUNTIME"),
    group("FP", "RUNTIME"),
    group("VEC", "RUNTIME", { absent: true }),
    group("STATUS", "RUNTIME"),
    group("MACH", "RESET_EXTRA"),
    group("PROT", "RESET_EXTRA"),
    group("COUNT", "FULL_EXTRA"),
    group("VTIME", "FULL_EXTRA", { machineWide: true }),
    group("LINES", "FULL_EXTRA", { readonly: true }),
    group("ID", "FULL_EXTRA", { readonly: true }),
  ],
  registers: [
    register("r0", 32, "CORE", { aliases: ["acc"] }),
    register("r1", 32, "CORE"),
    register("r2", 32, "CORE"),
    register("r3", 32, "CORE"),
    register("pc", 64, "CORE", { format: "pc", reset: 0x100n }),
    register("w0", 128, "FP"),
    register("e0", 80, "FP"),
    register("carry", 1, "FP"),
    register("status", 32, "STATUS", {
      fields: [
        { name: "mode", lsb: 0, width: 2, access: "wlrl", doc: "3 means nothing", values: { 0: "a", 1: "b", 2: "c" } },
        { name: "round", lsb: 4, width: 2, access: "warl", doc: "2 and 3 are illegal", values: { 0: "up", 1: "down" } },
        { name: "wired", lsb: 8, width: 4, access: "ro", doc: "always 5" },
        { name: "flags", lsb: 16, width: 8, access: "rw", doc: "free" },
      ],
      reset: 0x500n,
    }),
    register("ceiling", 16, "MACH", { reset: 100n }),
    // Legal values: not above ceiling, whichever of the two is put first.
    register("limit", 16, "PROT"),
    register("partner", 16, "PROT"),
    register("fixed", 16, "PROT", { readonly: true, reset: 7n }),
    register("retired", 64, "COUNT"),
    register("time", 64, "VTIME"),
    register("alarm", 1, "LINES"),
    register("serial", 32, "ID", { reset: 0xc0ffeen }),
  ],
  scratch: [{ name: "zero", bits: 32, before: "r0" }],
  views: [{ name: "flags", bits: 8, of: "status", mask: 0xffn, shift: 16 }],
};
