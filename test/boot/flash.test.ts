/** A program in flash: it starts there, finds the firmware configuration, and keeps something in the second bank. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type * as NodeApi from "../../src/worker/node.ts";
import { library } from "./machines.ts";

const BANK = 32 << 20;
const folder = mkdtempSync(join(tmpdir(), "vitrine-flash-"));
const [code, variables] = [join(folder, "code.fd"), join(folder, "variables.fd")];
let api: typeof NodeApi;

/** `lui rd, value >> 12` */
const lui = (rd: number, value: number) => ((value & 0xffff_f000) | (rd << 7) | 0x37) >>> 0;
const addi = (rd: number, rs: number, value: number) => ((value << 20) | (rs << 15) | (rd << 7) | 0x13) >>> 0;
const lbu = (rd: number, rs: number) => (rs << 15) | (4 << 12) | (rd << 7) | 0x03;
const store =
  (width: number) =>
  (rs2: number, rs1: number, offset = 0) =>
    (rs2 << 20) | (rs1 << 15) | (width << 12) | (offset << 7) | 0x23;
const [sb, sh, sw] = [store(0), store(1), store(2)];
const [T0, T1, T2, T3, T4] = [5, 6, 7, 28, 29] as const;

/**
 * Prints the first character of item 0x20 of the firmware configuration, then the byte at the start of bank 1; erases, programs "K"
 * there and prints that, and switches off.
 */
const PROGRAM = [
  lui(T0, 0x1000_0000), // the serial port
  lui(T1, 0x1010_0000), // the firmware configuration
  lui(T2, 0x2200_0000), // bank 1
  lui(T3, 0x0000_2000), // 0x20, big-endian
  sh(T3, T1, 8),
  lbu(T4, T1),
  sb(T4, T0),
  lbu(T4, T2),
  sb(T4, T0),
  addi(T3, 0, 0x20), // erase
  sb(T3, T2),
  addi(T3, 0, 0xd0),
  sb(T3, T2),
  addi(T3, 0, 0x40), // program
  sb(T3, T2),
  addi(T4, 0, 0x4b),
  sb(T4, T2),
  addi(T3, 0, 0xff), // read the array again
  sb(T3, T2),
  lbu(T4, T2),
  sb(T4, T0),
  lui(T0, 0x0010_0000), // the test finisher
  lui(T1, 0x0000_5000),
  addi(T1, T1, 0x555),
  sw(T1, T0),
];

beforeAll(async () => {
  api = await library();
  const image = new Uint8Array(BANK);
  image.set(new Uint8Array(Uint32Array.from(PROGRAM).buffer));
  writeFileSync(code, image);
  writeFileSync(variables, new Uint8Array(BANK).fill(0xff));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(more: Partial<NodeApi.MachineOptions>): Promise<number[]> {
  const machine = await api.createMachine({
    target: "riscv64",
    memory: 16 << 20,
    flash: [
      { image: code, readOnly: true },
      more.flash?.[1] === null ? null : { image: variables, ...more.flash?.[1] },
    ],
    firmwareFiles: [{ name: "opt/letter", content: new TextEncoder().encode("F") }],
  });
  const output: number[] = [];
  machine.console.onData((bytes) => void output.push(...bytes));
  try {
    await machine.run();
    expect((await machine.waitForStop()).reason).toBe("poweroff");
    return output;
  } finally {
    await machine.dispose();
  }
}

test("starts in flash; what it programs is in the image afterwards", async () => {
  expect(Buffer.from(await run({})).toString("latin1")).toBe("F\xffK");
  expect(readFileSync(variables)[0]).toBe(0x4b);
  expect(Buffer.from(await run({})).toString("latin1")).toBe("FKK");
});

test("a read-only bank, and one whose changes are forgotten, stay as they are", async () => {
  writeFileSync(variables, new Uint8Array(BANK).fill(0xff));
  expect(Buffer.from(await run({ flash: [null, { image: variables, readOnly: true }] })).toString("latin1")).toBe(
    "F\xff\xff",
  );
  expect(Buffer.from(await run({ flash: [null, { image: variables, snapshot: true }] })).toString("latin1")).toBe(
    "F\xffK",
  );
  expect(readFileSync(variables)[0]).toBe(0xff);
  expect(existsSync(`${variables}.lock`)).toBe(false);
});

test("a bank without a file is zero, can be programmed, and is forgotten with the machine, as in QEMU 10.0", async () => {
  for (let times = 0; times < 2; times++) {
    expect(Buffer.from(await run({ flash: [null, null] })).toString("latin1")).toBe("F\0K");
  }
});

test("an image of another size is refused", async () => {
  const short = join(folder, "short.fd");
  writeFileSync(short, new Uint8Array(1 << 20));
  const machine = api.createMachine({ target: "riscv64", flash: [{ image: short }] });
  await expect(machine).rejects.toThrow("flash 0: its image has 1048576 bytes; it must have 33554432 bytes");
});
