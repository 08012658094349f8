/** The bench's own parts: command line, archives, marks. */
import { describe, expect, test } from "vitest";
import { benchOptions } from "../../perf/bench-options.ts";
import { cpioArchive } from "../../perf/linux-guest.ts";
import { KernelWatch } from "../../perf/measure.ts";
import { geometricMean, median } from "../../perf/statistics.ts";
import { commandOf, PROGRAMS, suiteKernels, wasmIndex } from "../../perf/suite-kernels.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("command line", () => {
  test("without words: all parts but the bare kernels, five runs of two seconds, all engines", () => {
    const { wants, only, engines, runs, seconds, jit, cpuTime } = benchOptions([]);
    expect([wants("kernels"), wants("programs"), wants("boot"), wants("bare")]).toEqual([true, true, true, false]);
    expect({ only, runs, seconds, jit, cpuTime }).toEqual({
      only: undefined,
      runs: 5,
      seconds: 2,
      jit: undefined,
      cpuTime: false,
    });
    expect(engines).toEqual(["qemu", "node", "chromium", "wasm", "wasm-chromium", "v86"]);
  });

  test("parts and options", () => {
    const options = benchOptions(
      "kernels --only crc,float --runs 1 --seconds 0.5 --engines node,qemu --no-jit --cpu-time".split(" "),
    );
    expect([options.wants("kernels"), options.wants("boot")]).toEqual([true, false]);
    expect(options).toMatchObject({ only: ["crc", "float"], runs: 1, seconds: 0.5, jit: false, cpuTime: true });
    expect(options.engines).toEqual(["node", "qemu"]);
  });

  test.each([
    [["kernel"], /"kernel" is neither a part nor an option/],
    [["--only", "crd"], /there is no "crd" among crc, integer/],
    [["--engines", "qemu,bochs"], /there is no "bochs" among qemu, node/],
    [["--runs", "0"], /--runs takes a whole number from 1/],
    [["--seconds", "x"], /--seconds takes a number above 0/],
    [["--seconds"], /--seconds needs a value/],
    [["--cpu-time"], /--cpu-time needs --engines without a page/],
  ])("%j is refused", (args, message) => {
    expect(() => benchOptions(args)).toThrow(message);
  });
});

describe("marks", () => {
  test("time between them, and what was printed between and behind them, up to the end of a line", () => {
    const watch = new KernelWatch();
    expect(watch.take(bytes("/suite crc 5\r\n\u0002"), 1000)).toBe(false);
    expect(watch.take(bytes("a\r\n"), 1500)).toBe(false);
    expect(watch.take(bytes("\u00030123"), 3000)).toBe(false);
    expect(watch.take(bytes("4567\r\nvitrine:~# "), 3001)).toBe(true);
    expect(watch.measured).toEqual({ seconds: 2, result: "a\r\n01234567" });
  });
});

describe("archives and lists", () => {
  test("an archive has a header of 110 bytes, name and data each padded to four bytes, and a trailer", () => {
    const archive = Buffer.from(cpioArchive([{ name: "ab", mode: 0o100755, data: bytes("hello") }])).toString("latin1");
    // 110 + "ab\0" = 113, padded to 116; 5 bytes of data padded to 8; 110 + "TRAILER!!!\0" = 121, padded to 124.
    expect(archive.length).toBe(116 + 8 + 124);
    expect(archive.slice(0, 22)).toBe(`07070100000001000081ed`);
    expect(archive.slice(54, 62)).toBe("00000005");
    expect(archive.slice(94, 116)).toBe("0000000300000000ab\0\0\0\0");
    expect(archive.slice(116, 124)).toBe("hello\0\0\0");
    expect(archive.slice(124 + 110, 124 + 121)).toBe("TRAILER!!!\0");
  });

  test("kernels are numbered for plain wasm as they are compiled", () => {
    const kernels = suiteKernels();
    expect(kernels.length).toBe(25);
    const numbered = kernels.filter((kernel) => wasmIndex(kernels, kernel) >= 0);
    expect(numbered.map((kernel) => wasmIndex(kernels, kernel))).toEqual(numbered.map((_, index) => index));
    expect(numbered.map(({ group }) => group)).not.toContain("system");
  });

  test("what a shell types", () => {
    expect(commandOf(suiteKernels()[0]!, 7)).toBe("/suite crc 7");
    expect(PROGRAMS.map((program) => commandOf(program, 3))).toEqual([
      "/suite run /bin/chroot /mnt /usr/bin/sqlite3 -cmd 'CREATE TABLE repetitions AS SELECT 3 AS n' :memory: '.read /bench/work.sql'",
      "/suite run /bin/chroot /mnt /usr/bin/lua5.4 /bench/work.lua 3",
      "/suite run /bin/chroot /mnt /usr/bin/python3 -B /bench/work.py 3",
    ]);
  });

  test("median and geometric mean", () => {
    expect(median([3, 1, 9, 2, 5])).toBe(3);
    expect(geometricMean([1, 4])).toBe(2);
  });
});
