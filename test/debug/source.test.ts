/** Line tables, call frame information and stacks of the bundled programs, and the kernel's stack by its frame pointers. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { callStack, type StackFrame } from "../../src/debug/call-stack.ts";
import { DwarfReader } from "../../src/debug/dwarf-reader.ts";
import { elfFrames, type FrameTable } from "../../src/debug/frame-table.ts";
import { elfLines } from "../../src/debug/line-table.ts";
import { stackConvention } from "../../src/debug/riscv64/stack-convention.ts";
import { listedSymbols, type SymbolTable } from "../../src/debug/symbols.ts";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { Machine } from "../../src/worker/machine-client.ts";
import { bundled, path } from "../boot/machines.ts";
import { bareProgram, go } from "./machines.ts";

const elf = (name: string): Uint8Array => readFileSync(path(`public/guests/${name}.elf`));

/** "function by how" of each frame of a machine that stands. */
async function stack(
  machine: Machine,
  symbols: SymbolTable,
  frames: FrameTable | null,
  functionAt?: (address: bigint) => bigint | null,
): Promise<string[]> {
  const [cpu] = machine.cpus;
  await cpu.get("CORE");
  const source = {
    register: (name: string) => cpu.read(name),
    async memory(va: bigint, size: number) {
      const bytes = await machine.readVirtual(va, size);
      return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    },
    ...(functionAt !== undefined && { functionAt }),
  };
  const found = await callStack(stackConvention, source, frames);
  const nameOf = ({ pc }: StackFrame, index: number) => symbols.at(index === 0 ? pc : pc - 1n)?.symbol.name ?? "?";
  return found.map((frame, index) => `${nameOf(frame, index)} ${frame.by}`);
}

describe("line tables", () => {
  const lines = elfLines(elf("hello"));

  test("the line of an address, as readelf decodes it", () => {
    const at = (address: bigint) => {
      const found = lines.at(address);
      return found && `${found.file}:${found.line}`;
    };
    expect(at(0x8000_0000n)).toBe("board/start.S:6");
    expect(at(0x8000_0210n)).toBe("hello/main.c:9");
    expect(at(0x8000_0216n)).toBe("hello/main.c:10");
    expect(at(0x8000_023an)).toBe("hello/main.c:15");
    expect(at(0x8000_0248n)).toBe("hello/main.c:17");
    expect(at(0x8000_0298n)).toBe("hello/main.c:17");
    expect(at(0x7fff_fffen)).toBeNull();
    expect(at(0x8000_1000n)).toBeNull();
  });

  test("where breakpoints of a line belong", () => {
    expect(lines.addresses("hello/main.c", 10)).toEqual([0x8000_0216n]);
    expect(lines.addresses("hello/main.c", 17)).toEqual([0x8000_0248n, 0x8000_0298n]);
    expect(lines.addresses("hello/main.c", 27)).toEqual([0x8000_0296n]);
    expect(lines.addresses("hello/main.c", 1)).toEqual([]);
    expect(lines.files).toContain("board/board.c");
  });

  test("each line that is named is in its source", () => {
    for (const name of ["hello", "timer", "processes", "fault"]) {
      const table = elfLines(elf(name));
      expect(table.ranges.length).toBeGreaterThan(20);
      for (const file of table.files) {
        const length = readFileSync(path(`public/guests/src/${file}`), "utf8").split("\n").length;
        for (const range of table.ranges) if (range.file === file) expect(range.line).toBeLessThanOrEqual(length);
      }
    }
  });

  test("programs of DWARF 2 to 4", () => {
    // One sequence: line 7 of dir/a.c at 0x1000, line 8 from 0x1004, end at 0x1006.
    for (const version of [2, 3, 4]) {
      const header = [
        ...[1, ...(version >= 4 ? [1] : []), 1, 0xfb, 14, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1],
        ...[...new TextEncoder().encode("dir\0\0a.c\0"), 1, 0, 0, 0],
      ];
      const code = [0, 9, 2, 0, 0x10, 0, 0, 0, 0, 0, 0, 3, 6, 1, 10 + 14 * 4 + 6, 2, 2, 0, 1, 1];
      const body = [version, 0, header.length, 0, 0, 0, ...header, ...code];
      const table = elfLines(elfWith(".debug_line", Uint8Array.of(body.length, 0, 0, 0, ...body)));
      expect(table.ranges.map(({ first, end, file, line }) => [first, end, file, line])).toEqual([
        [0x1000n, 0x1004n, "dir/a.c", 7],
        [0x1004n, 0x1006n, "dir/a.c", 8],
      ]);
    }
  });

  test("files without a format are refused: they would take no bytes, whatever their number", () => {
    const header = [1, 1, 1, 0xfb, 14, 1, ...[0, 3]];
    const body = [5, 0, 8, 0, header.length, 0, 0, 0, ...header];
    const file = elfWith(".debug_line", Uint8Array.of(body.length, 0, 0, 0, ...body));
    expect(() => elfLines(file)).toThrow(".debug_line: entries of files without a format");
  });

  test("damage is refused, or leaves a table: it never hangs", () => {
    const good = elf("hello");
    const at = sectionOffset(good, ".debug_line");
    for (let i = 0; i < 400; i++) {
      const bad = good.slice();
      for (let n = 0; n < 3; n++) bad[at + ((i * 37 + n * 101) % 1600)] ^= 1 << ((i + n) % 8);
      try {
        elfLines(bad);
      } catch (error) {
        expect((error as Error).message).not.toMatch(/Offset is outside|Invalid array length/);
      }
    }
  });
});

describe("call frame information", () => {
  const frames = elfFrames(elf("hello"));

  test("rules within a function's prologue, as its instructions are", () => {
    // print: addi sp,-32; sd ra,24(sp); sd s0,16(sp); sd s1,8(sp); addi s0,sp,32
    expect(frames.at(0x8000_00d2n)).toMatchObject({ frame: { register: 2, offset: 0n }, returnRegister: 1 });
    expect(frames.at(0x8000_00d4n)?.frame).toEqual({ register: 2, offset: 32n });
    const body = frames.at(0x8000_00e0n);
    expect(body?.frame).toEqual({ register: 8, offset: 0n });
    expect(body?.registers.get(1)).toEqual({ kind: "offset", offset: -8n });
    expect(body?.registers.get(8)).toEqual({ kind: "offset", offset: -16n });
    expect(body?.registers.get(9)).toEqual({ kind: "offset", offset: -24n });
    expect(frames.at(0x7000_0000n)).toBeNull();
  });
});

describe("stacks", () => {
  test("the same at each instruction of a function, prologue and end included", async () => {
    const { machine, symbols, address } = await bareProgram("hello");
    const frames = elfFrames(elf("hello"));
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: address("print_number"), temporary: true }]);
    await go(machine);
    const outer = ["main frame-information"];
    const seen = new Set<string>();
    for (let step = 0; step < 300; step++) {
      const [innermost, ...others] = await stack(machine, symbols, frames);
      const callers = others.filter((frame) => !/^_start|^park/.test(frame));
      const name = innermost?.split(" ")[0] ?? "";
      if (name === "main") break;
      seen.add(name);
      const expected = {
        print_number: outer,
        print_in_base: ["print_number frame-information", ...outer],
        print_char: ["print_in_base frame-information", "print_number frame-information", ...outer],
      }[name];
      expect([name, callers]).toEqual([name, expected]);
      await machine.step();
    }
    expect([...seen].sort()).toEqual(["print_char", "print_in_base", "print_number"]);
  });

  test("registers of callers: those that functions keep, as they were at the call; no others", async () => {
    const { machine, address } = await bareProgram("hello");
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: address("sleep_ms"), temporary: true }]);
    await go(machine);
    const [cpu] = machine.cpus;
    await cpu.get("CORE");
    const before = Object.fromEntries(["sp", "s0", "s1", "s2", "s3", "gp"].map((name) => [name, cpu.read(name)]));
    // In sleep_ms, which keeps s0 alone and has changed it.
    await machine.step(12);
    await cpu.get("CORE");
    expect(cpu.read("s0")).not.toBe(before.s0);
    const source = {
      register: (name: string) => cpu.read(name),
      memory: async (va: bigint, size: number) => {
        const bytes = await machine.readVirtual(va, size);
        return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
      },
    };
    const frames = await callStack(stackConvention, source, elfFrames(elf("hello")));
    const main = frames[1]?.registers ?? new Map<string, bigint>();
    expect(Object.fromEntries(["x2", "x8", "x9", "x18", "x19", "x3"].map((name) => [name, main.get(name)]))).toEqual({
      x2: before.sp,
      x8: before.s0,
      x9: before.s1,
      x18: before.s2,
      x19: before.s3,
      x3: before.gp,
    });
    for (const lost of ["x5", "x10", "x15", "x31"]) expect([lost, main.has(lost)]).toEqual([lost, false]);
    expect(frames[0]?.registers.has("x10")).toBe(true);
    // By frame pointers alone nobody knows where s1 went.
    const blind = await callStack(stackConvention, source, null);
    const outer = blind[1]?.registers ?? new Map<string, bigint>();
    expect([outer.get("x8"), outer.has("x9"), outer.get("x3")]).toEqual([before.s0, false, before.gp]);
  });

  test("without frame information, by frame pointers", async () => {
    const { machine, symbols, address } = await bareProgram("hello");
    // Behind print_char's prologue; it calls nothing, so that it has not saved its return address.
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: address("print_char"), temporary: true }]);
    await go(machine);
    await machine.step(4);
    const frames = await stack(machine, symbols, null);
    expect(frames.slice(0, 3)).toEqual(["print_char machine", "print frame-pointer", "main frame-pointer"]);
  });

  test("of the kernel", async () => {
    const text = gunzipSync(readFileSync(path("public/guests/linux/vmlinux.symbols.gz"))).toString();
    const symbols = listedSymbols(text);
    const machine = await createInlineMachine(bundled("linux"));
    try {
      const start = symbols.find("vprintk_emit")?.address ?? 0n;
      // Behind the prologue that makes its frame.
      await machine.setBreakpoints([{ id: 1, kind: "execute", address: start }]);
      await go(machine);
      await machine.setBreakpoints([]);
      await machine.step(20);
      const frames = await stack(machine, symbols, null);
      expect(frames).toContain("start_kernel frame-pointer");
      expect(frames[0]).toBe("vprintk_emit machine");
    } finally {
      await machine.dispose();
    }
  });

  test("what is no stack ends at once", async () => {
    const registers: Record<string, bigint> = { pc: 0x1000n, x1: 0n, x2: 0x2000n, x8: 0x2010n };
    // Each frame points to itself, and in front of 0x1234 stands a call (jal ra) or something else (nop).
    const memoryWith = (insn: bigint) => async (va: bigint, size: number) => {
      if (va === 0x2000n) return 0x2010n;
      return size === 4 ? insn : size === 2 ? insn >> 16n : 0x1234n;
    };
    const register = (name: string) => registers[name] ?? 0n;
    const called = await callStack(stackConvention, { register, memory: memoryWith(0x0040_00efn) }, null);
    expect(called.map(({ pc }) => pc)).toEqual([0x1000n, 0x1234n]);
    const uncalled = await callStack(stackConvention, { register, memory: memoryWith(0x0000_0013n) }, null);
    expect(uncalled.map(({ pc }) => pc)).toEqual([0x1000n]);
    // In the midst of a known function it counts, at the beginning of one it is a pointer to that.
    for (const [start, expected] of [
      [0x1200n, [0x1000n, 0x1234n]],
      [0x1234n, [0x1000n]],
    ] as const) {
      const functionAt = (address: bigint) => (address >= start ? start : 0x1000n);
      const source = { register, memory: memoryWith(0x0000_0013n), functionAt };
      expect((await callStack(stackConvention, source, null)).map(({ pc }) => pc)).toEqual(expected);
    }
  });

  test("without frame information the same at each instruction, prologue and end included, by the names of functions", async () => {
    const { machine, symbols, address } = await bareProgram("hello");
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: address("print_number"), temporary: true }]);
    await go(machine);
    const functionAt = (place: bigint) => symbols.at(place)?.symbol.address ?? null;
    const seen = new Set<string>();
    for (let step = 0; step < 300; step++) {
      const [innermost, ...others] = await stack(machine, symbols, null, functionAt);
      const name = innermost?.split(" ")[0] ?? "";
      if (name === "main") break;
      seen.add(name);
      const callers = others.map((frame) => frame.split(" ")[0]).filter((caller) => caller !== "_start");
      const expected = {
        print_number: ["main"],
        print_in_base: ["print_number", "main"],
        print_char: ["print_in_base", "print_number", "main"],
      }[name];
      expect([step, name, callers]).toEqual([step, name, expected]);
      await machine.step();
    }
    expect([...seen].sort()).toEqual(["print_char", "print_in_base", "print_number"]);
  });

  test("what a trap has interrupted goes on below its handler", async () => {
    const registers: Record<string, bigint> = { pc: 0x1000n, x1: 0x1238n, x2: 0x2000n, x8: 0x2010n };
    // The handler's own frame; the frame of what was interrupted, at 0x2110; calls in front of 0x1238, 0x1338 and 0x1438.
    const words: Record<string, bigint> = {
      [0x2008]: 0x1238n,
      [0x2000]: 0n,
      [0x2108]: 0x1438n,
      [0x2100]: 0n,
    };
    const source = {
      register: (name: string) => registers[name] ?? 0n,
      memory: async (va: bigint, size: number) => (size === 8 ? (words[String(va)] ?? 0n) : 0x0040_00efn),
      trapped: async (pc: bigint, stack: bigint) =>
        pc === 0x1238n && stack === 0x2010n
          ? new Map(
              Object.entries({ pc: 0x1300n, x1: 0x1338n, x2: 0x2100n, x8: 0x2110n }).map(([name, value], index) => {
                return [name, { value, address: stack + BigInt(8 * index) }];
              }),
            )
          : null,
    };
    const frames = await callStack(stackConvention, source, null);
    expect(frames.map(({ pc, by }) => [pc, by])).toEqual([
      [0x1000n, "machine"],
      [0x1238n, "frame-pointer"],
      [0x1300n, "trap"],
      [0x1438n, "frame-pointer"],
    ]);
    expect(frames[2]?.registers.get("x1")).toBe(0x1338n);
    expect(frames[2]?.homes.get("x1")).toEqual({ kind: "memory", address: 0x2018n });
  });
});

test("numbers of variable length", () => {
  const reader = (...bytes: number[]) => new DwarfReader(Uint8Array.from(bytes), true);
  expect(reader(0xe5, 0x8e, 0x26).uleb()).toBe(624485n);
  expect(reader(0xc0, 0xbb, 0x78).sleb()).toBe(-123456n);
  expect(reader(0x7f).sleb()).toBe(-1n);
  expect(() => reader(0x80, 0x80).uleb()).toThrow("truncated");
  expect(() => reader(...new Array(20).fill(0x80)).uleb()).toThrow("no end");
});

/** A 64-bit little-endian ELF file with one section of this name. */
function elfWith(name: string, content: Uint8Array): Uint8Array {
  const names = new TextEncoder().encode(`\0${name}\0`);
  const file = new Uint8Array(64 + 3 * 64 + names.length + content.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setBigUint64(40, 64n, true);
  view.setUint16(58, 64, true);
  view.setUint16(60, 3, true);
  view.setUint16(62, 2, true);
  const section = (index: number, nameAt: number, type: number, offset: number, length: number): void => {
    const at = 64 + index * 64;
    view.setUint32(at, nameAt, true);
    view.setUint32(at + 4, type, true);
    view.setBigUint64(at + 24, BigInt(offset), true);
    view.setBigUint64(at + 32, BigInt(length), true);
  };
  section(1, 1, 1, 256 + names.length, content.length);
  section(2, 0, 3, 256, names.length);
  file.set(names, 256);
  file.set(content, 256 + names.length);
  return file;
}

/** File offset of a section. */
function sectionOffset(file: Uint8Array, name: string): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const table = Number(view.getBigUint64(40, true));
  const header = (index: number) => table + index * 64;
  const names = Number(view.getBigUint64(header(view.getUint16(62, true)) + 24, true));
  for (let i = 0; i < view.getUint16(60, true); i++) {
    const at = names + view.getUint32(header(i), true);
    if (new TextDecoder().decode(file.subarray(at, at + name.length + 1)) === `${name}\0`) {
      return Number(view.getBigUint64(header(i) + 24, true));
    }
  }
  throw new Error(`no section ${name}`);
}
