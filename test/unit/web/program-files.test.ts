/** Sources and debug information of programs: what is found for which name, what is refused, and where breakpoints of lines go. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { placesOfLine, pointsOfLine } from "../../../web/model/line-steps.ts";
import { ProgramInfo } from "../../../web/model/program-info.ts";
import { readSource, type SourceText, SourceTexts } from "../../../web/model/source-texts.ts";
import { findSymbols } from "../../../web/model/symbol-search.ts";
import { path } from "../../boot/machines.ts";

const hello = new Uint8Array(readFileSync(path("public/guests/hello.elf")));

function given(): ReturnType<ProgramInfo["give"]> {
  return new ProgramInfo().give("hello.elf", hello);
}

const text = (source: SourceText): string => (source.kind === "lines" ? source.lines.join("|") : source.kind);

test("a source is the file whose path has the most in common with its name, or that was given for it", async () => {
  const sources = new SourceTexts();
  expect(text(await sources.text("src/a/main.c"))).toBe("missing");
  sources.give([{ path: "main.c", text: "plain\n" }], null);
  expect(text(await sources.text("src/a/main.c"))).toBe("plain");
  const before = sources.version.get();
  sources.give(
    [
      { path: "project/b/main.c", text: "b\r\nsecond" },
      { path: "project/a/main.c", text: "a" },
    ],
    null,
  );
  expect(sources.version.get()).toBeGreaterThan(before);
  expect(text(await sources.text("src/a/main.c"))).toBe("a");
  expect(text(await sources.text("./b/../b/main.c"))).toBe("b|second");
  expect(text(await sources.text("src/a/other.c"))).toBe("missing");
  // For the source on show, even if another one is nearer by its path.
  sources.give([{ path: "main.c", text: "meant" }], "src/a/main.c");
  expect(text(await sources.text("src/a/main.c"))).toBe("meant");
  expect(text(await sources.text("src/b/main.c"))).toBe("b|second");
  sources.load(null);
  expect(text(await sources.text("src/a/main.c"))).toBe("missing");
});

test("what is no source is refused", async () => {
  const file = (bytes: number[], size = bytes.length) => ({
    name: "x",
    size,
    arrayBuffer: async () => Uint8Array.from(bytes).buffer,
  });
  await expect(readSource(file([65, 0]), "x")).rejects.toThrow("it is neither a text nor an ELF file");
  await expect(readSource(file([65], 1 << 30), "x")).rejects.toThrow("it is larger than any source");
  expect(await readSource(file([65, 10]), "a/x")).toEqual({ path: "a/x", text: "A\n" });
});

test("a program of a visitor's: its lines, frames and names; one that says nothing is refused", async () => {
  const programs = new ProgramInfo();
  const file = await programs.give("hello.elf", hello);
  expect(programs.lineAt(0x8000_0216n)).toMatchObject({ program: file, range: { file: "hello/main.c", line: 10 } });
  expect(programs.lineAt(0x9000_0000n)).toBeNull();
  expect(programs.frames.at(0x8000_00d4n)?.frame).toEqual({ register: 2, offset: 32n });
  expect(file.types().variable("sum")).toMatchObject({ address: 0x8000_1000n, type: { kind: "named", name: "u64" } });
  await programs.give("hello.elf", hello);
  expect(programs.files.get()).toHaveLength(1);
  const empty = hello.slice(0, 64);
  new DataView(empty.buffer).setBigUint64(40, 0n, true);
  await expect(programs.give("empty.elf", empty)).rejects.toThrow("it has no debug information: compile with -g");
  await expect(programs.give("text", new TextEncoder().encode("hello"))).rejects.toThrow("not an ELF file");
});

test("a breakpoint of a line goes to its first instruction, or to the next line that has one", async () => {
  const program = await given();
  expect(placesOfLine(program, "hello/main.c", 10)).toEqual({ line: 10, addresses: [0x8000_0216n] });
  // The head of the loop begins twice, in one function.
  expect(placesOfLine(program, "hello/main.c", 17)).toEqual({ line: 17, addresses: [0x8000_0248n] });
  expect(placesOfLine(program, "hello/main.c", 25)).toEqual({ line: 26, addresses: [0x8000_0296n] });
  expect(placesOfLine(program, "hello/main.c", 34)).toBeNull();
  expect(placesOfLine(program, "nobody.c", 1)).toBeNull();
  const points = [
    { id: 1, kind: "execute", address: 0x8000_0298n },
    { id: 2, kind: "execute", address: 0x8000_024cn },
    { id: 3, kind: "watch", address: 0x8000_0248n, size: 8, access: "write" },
  ] as const;
  expect(pointsOfLine(points, program, "hello/main.c", 17).map(({ id }) => id)).toEqual([1]);
});

test("symbols by letters, kind and address, the best first", async () => {
  const { symbols } = await given();
  const names = (...[words, kind = "all", order = "address"]: [string, ("all" | "object")?, ("address" | "name")?]) =>
    findSymbols(symbols, words, kind, order).map(({ name }) => name);
  expect(names("PRINT")).toEqual(["print", "print_char", "print_in_base", "print_number", "print_hex"]);
  expect(names("print", "all", "name")).toEqual(["print", "print_char", "print_hex", "print_in_base", "print_number"]);
  expect(names("", "object")).toEqual(["sum"]);
  expect(names("0x80000216")).toEqual(["square"]);
  expect(names("0x10")).toEqual([]);
});
