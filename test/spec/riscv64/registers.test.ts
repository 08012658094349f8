// Groups, registers and CSRs: a partition of the CPU's state, with the numbers that LLVM 19 knows the CSRs by.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkFields, checkRegisters, ones, syncMasks, writableMask } from "../../../src/spec/register-table.ts";
import { CSRS, csrPrivilege, isReadOnlyCsr } from "../../../src/spec/riscv64/csrs.ts";
import { GROUPS, REGISTERS } from "../../../src/spec/riscv64/registers.ts";
import { causeName } from "../../../src/spec/riscv64/traps.ts";

const register = (name: string) => {
  const found = REGISTERS.find((row) => row.name === name);
  if (found === undefined) throw new Error(`no register ${name}`);
  return found;
};
const csr = (name: string) => {
  const found = CSRS.find((row) => row.name === name);
  if (found === undefined) throw new Error(`no CSR ${name}`);
  return found;
};

test("groups, registers and bitfields are well formed", () => {
  expect(checkRegisters(GROUPS, REGISTERS)).toEqual([]);
  expect(CSRS.flatMap(checkFields)).toEqual([]);
});

test("every group has a bit below 30 of its own, and every register a group", () => {
  const bits = GROUPS.map(({ bit }) => bit);
  expect(new Set(bits).size).toBe(20);
  expect(Math.max(...bits)).toBeLessThan(30);
  const names = new Set(GROUPS.map(({ name }) => name));
  expect(REGISTERS.filter(({ group }) => !names.has(group))).toEqual([]);
});

test("the masks resolve to the groups that this CPU has", () => {
  // RUNTIME: CORE FP PRIV STATUS MMU TRAP IRQEN MTRAP; RESET adds MACH PROT DEBUG RUN; FULL adds COUNT to ID.
  expect(syncMasks(GROUPS)).toEqual({ runtime: 0x003db, reset: 0x03fdb, full: 0xfffdb });
});

test("registers by group", () => {
  const byGroup: Record<string, string> = {};
  for (const { name, group } of REGISTERS) byGroup[group] = byGroup[group] ? `${byGroup[group]} ${name}` : name;
  const range = (first: number, last: number, name: (n: number) => string) =>
    Array.from({ length: last - first + 1 }, (_, i) => name(first + i)).join(" ");
  expect(byGroup).toEqual({
    CORE: "ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6 pc",
    FP: `${range(0, 7, (n) => `ft${n}`)} fs0 fs1 ${range(0, 7, (n) => `fa${n}`)} ${range(2, 11, (n) => `fs${n}`)} ft8 ft9 ft10 ft11 fcsr`,
    PRIV: "priv",
    STATUS: "mstatus",
    MMU: "satp",
    TRAP: "stvec sscratch sepc scause stval scounteren senvcfg",
    IRQEN: "mie mideleg mip",
    MTRAP: "mtvec mscratch mepc mcause mtval",
    MACH: "medeleg mcounteren menvcfg",
    PROT: `pmpcfg0 pmpcfg2 ${range(0, 15, (n) => `pmpaddr${n}`)}`,
    DEBUG: `tselect ${range(0, 3, (n) => `tdata1_${n} tdata2_${n} tdata3_${n}`)} tinfo`,
    RUN: "runstate",
    COUNT: `mcycle minstret ${range(3, 31, (n) => `mhpmcounter${n}`)} ${range(3, 31, (n) => `mhpmevent${n}`)} mcountinhibit`,
    TIME: "stimecmp mtimecmp",
    VTIME: "mtime",
    RSV: "reservation_valid reservation_address",
    LINES: "msip mtip meip seip stip",
    ID: "misa mvendorid marchid mimpid mhartid mconfigptr",
  });
});

test("each CSR's bits are stored once: in the register of its number, or in the one it is a view of", () => {
  for (const { name, number, bits, view } of CSRS) {
    const own = REGISTERS.filter((row) => row.csr === number);
    if (view !== undefined) {
      expect(own, name).toEqual([]);
      const owner = register(view.of);
      expect((view.mask << BigInt(view.shift)) & ~ones(owner.bits), name).toBe(0n);
    } else if (/^tdata[123]$/.test(name)) {
      expect(own, name).toEqual([]);
      expect([0, 1, 2, 3].map((n) => register(`${name}_${n}`).bits)).toEqual([bits, bits, bits, bits]);
    } else {
      expect(own.map((row) => row.name)).toEqual([name]);
      expect(own[0].bits).toBe(bits);
    }
  }
  const numbers = CSRS.map(({ number }) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(REGISTERS.filter((row) => row.csr !== undefined && !numbers.includes(row.csr))).toEqual([]);
});

test("a view's fields are its owner's, and lie within its mask", () => {
  for (const { name, fields, view } of CSRS) {
    if (view === undefined) continue;
    for (const { name: fieldName, lsb, width } of fields ?? []) {
      expect(((ones(width) << BigInt(lsb)) & ~view.mask).toString(16), `${name}.${fieldName}`).toBe("0");
      const owned = register(view.of).fields?.find((f) => f.name === fieldName);
      expect(owned && { lsb: owned.lsb, width: owned.width }, `${name}.${fieldName}`).toEqual({
        lsb: lsb + view.shift,
        width,
      });
    }
  }
});

test("CSR numbers are those of LLVM 19's assembler", () => {
  const recorded = readFileSync(join(import.meta.dirname, "recorded/csr-numbers.txt"), "utf8")
    .trimEnd()
    .split("\n");
  // LLVM 19 has no name for tinfo.
  const ours = CSRS.filter(({ name }) => name !== "tinfo").map(
    ({ name, number }) => `${number.toString(16).padStart(3, "0")} ${name}`,
  );
  expect(ours).toEqual(recorded);
  expect(csr("tinfo").number).toBe(0x7a4);
});

test("privilege and read-only come from the number", () => {
  expect(
    [csr("cycle"), csr("sstatus"), csr("mstatus"), csr("mhartid")].map(({ number }) => csrPrivilege(number)),
  ).toEqual([0, 1, 3, 3]);
  expect(
    CSRS.filter(({ number }) => isReadOnlyCsr(number))
      .map(({ name }) => name)
      .filter((n) => !/^hpm/.test(n)),
  ).toEqual(["cycle", "time", "instret", "mvendorid", "marchid", "mimpid", "mhartid", "mconfigptr"]);
});

test("writable bits and reset values", () => {
  const masks = (name: string) => [
    writableMask(register(name)).toString(16),
    (register(name).reset ?? 0n).toString(16),
  ];
  expect(masks("mstatus")).toEqual(["7e79aa", "a00000000"]);
  expect(masks("mie")).toEqual(["aaa", "0"]);
  expect(masks("mip")).toEqual(["222", "0"]);
  expect(masks("mideleg")).toEqual(["222", "0"]);
  expect(masks("medeleg")).toEqual(["b3ff", "0"]);
  expect(masks("menvcfg")).toEqual(["e0000000000000f1", "0"]);
  expect(masks("senvcfg")).toEqual(["f1", "0"]);
  expect(masks("mcountinhibit")).toEqual(["fffffffd", "0"]);
  expect(masks("pmpcfg2")).toEqual(["9f9f9f9f9f9f9f9f", "0"]);
  expect(masks("pmpaddr15")).toEqual(["3fffffffffffff", "0"]);
  expect(masks("fcsr")).toEqual(["ff", "0"]);
  expect(masks("misa")).toEqual(["0", "800000000014112f"]);
  expect(masks("priv")).toEqual(["3", "3"]);
  expect(masks("pc")).toEqual(["ffffffffffffffff", "1000"]);
  expect(csr("sstatus").view?.mask.toString(16)).toBe("80000003000de762");
  expect(csr("sie").view?.mask).toBe(0x222n);
  expect(csr("frm").view).toEqual({ of: "fcsr", mask: 7n, shift: 5 });
});

test("read-only registers are those of read-only groups, and few others", () => {
  for (const { name } of GROUPS.filter((group) => group.readonly)) {
    expect(REGISTERS.filter((row) => row.group === name && !row.readonly)).toEqual([]);
  }
  const others = REGISTERS.filter((row) => row.readonly && !GROUPS.find((g) => g.name === row.group)?.readonly);
  expect([...new Set(others.map((row) => row.name.replace(/\d.*/, "")))]).toEqual(["tdata", "tinfo", "mhpmevent"]);
});

test("names that gdb and the assembler use find the register", () => {
  const named = (name: string) => REGISTERS.find((row) => row.name === name || row.aliases?.includes(name));
  expect(["x1", "x8", "fp", "x10", "x31", "f0", "f8", "f31"].map((name) => named(name)?.name)).toEqual([
    "ra",
    "s0",
    "s0",
    "a0",
    "t6",
    "ft0",
    "fs0",
    "ft11",
  ]);
  expect(named("a0")?.doc).toBe("Argument, return value");
  expect(named("fa7")?.doc).toBe("Argument; narrower values have all ones above them");
  expect(["a0", "fcsr", "satp", "priv"].map((name) => register(name).feature)).toEqual([
    "org.gnu.gdb.riscv.cpu",
    "org.gnu.gdb.riscv.fpu",
    "org.gnu.gdb.riscv.csr",
    "org.gnu.gdb.riscv.virtual",
  ]);
});

test("causes in words", () => {
  expect(causeName(2n)).toBe("illegal instruction");
  expect(causeName((1n << 63n) | 5n)).toBe("supervisor timer interrupt");
  expect(causeName(10n)).toBe("exception 10");
  expect(causeName((1n << 63n) | 2n)).toBe("interrupt 2");
});
