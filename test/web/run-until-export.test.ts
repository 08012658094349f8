/** "Run until" with its three fields, and files of registers and memory, read back and compared with what the page shows. */
import { readFileSync } from "node:fs";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { at } from "../../scripts/paths.mjs";
import { elfSections } from "../../src/debug/elf-sections.ts";
import { violations } from "./accessibility.ts";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;
let visit: MachinePage;

beforeAll(async () => {
  site = await PageUnderTest.start();
  visit = await site.open("?machine=hello&at=5551");
});
afterAll(() => site.stop());

async function command(words: string): Promise<void> {
  await visit.page.keyboard.press("F1");
  await visit.page.keyboard.type(words);
  await visit.page.keyboard.press("Enter");
}

test("until an address, a condition, a number of instructions; nonsense stays, with what was expected", async () => {
  const { page } = visit;
  await visit.state(/^Paused at sleep_ms\+0x2e \(0x80000176\) in M-mode, after 5,551 instructions$/);
  await page.getByRole("button", { name: "Pause at next …", exact: true }).click();
  await page.getByRole("menuitem", { name: "Run until …" }).click();
  const sheet = page.getByRole("dialog", { name: "Run until" });
  const field = (name: string): Locator => sheet.getByRole("textbox", { name: `Until ${name}` });
  const enter = async (name: string, text: string): Promise<void> => {
    await field(name).fill(text);
    await field(name).press("Enter");
  };
  const [address, condition, steps] = [
    "an address is reached",
    "a condition holds",
    "so many instructions are over",
  ] as const;
  await enter(address, "squar");
  await sheet.getByText("At character 1: squar is neither a register nor a symbol").waitFor();
  await enter(address, "1.5");
  await sheet.getByText("an address is no float").waitFor();
  await enter(condition, "s1 ==");
  await sheet.getByText(/^At character 6: /).waitFor();
  for (const text of ["", "0", "-3", "1.5", "many", "99999999999999999999"]) {
    await enter(steps, text);
    await sheet.getByText("a whole number of instructions, from 1 on, expected").waitFor();
    expect(await field(steps).inputValue()).toBe(text);
    await field(steps).press("Escape");
    await sheet.waitFor({ state: "detached" });
    await command("run until");
  }
  expect(await violations(page)).toEqual([]);

  await enter(steps, "1,000");
  await visit.state(/^Paused at \S+ \(0x[0-9a-f]+\) in M-mode, after 6,551 instructions$/);
  await command("run until");
  await enter(address, "square + 6");
  await visit.state(/^Reached what it was run to, at square\+0x6 \(0x80000216\)/);
  await command("run until");
  await enter(condition, "s1 == 7");
  await visit.state(/^Reached what it was run to, at main\+0x78 \(0x80000298\)/);
  await visit.shows("s1", "0x0000000000000007");
  expect(visit.errors).toEqual([]);
});

test("registers and memory as files, JSON and binary, hold what the page shows", async () => {
  const { page } = visit;
  await visit.edit("a7", "0x123456789");
  await command("export registers");
  const sheet = page.getByRole("dialog", { name: "Export" });
  const save = async (button: string): Promise<{ name: string; bytes: Buffer }> => {
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      sheet.getByRole("button", { name: button }).click(),
    ]);
    return { name: file.suggestedFilename(), bytes: readFileSync((await file.path()) as string) };
  };
  expect(await violations(page)).toEqual([]);

  await sheet.getByRole("button", { name: "None" }).click();
  await sheet.getByRole("button", { name: "Registers as JSON" }).click();
  await sheet.getByText("Registers: expected at least one group.").waitFor();
  await sheet.getByRole("checkbox", { name: "CORE" }).check();
  await sheet.getByRole("checkbox", { name: "PRIV" }).check();
  await sheet.getByRole("checkbox", { name: "TRAP", exact: true }).check();
  const json = await save("Registers as JSON");
  expect(json.name).toMatch(/^vitrine-hello-\d+-registers\.json$/);
  const content = JSON.parse(json.bytes.toString("utf8"));
  const { groups, steps, ...head } = content;
  expect(head).toEqual({
    format: "vitrine-registers",
    version: 1,
    machine: "hello",
    target: "riscv64",
    pending: ["a7"],
  });
  expect(Object.keys(groups)).toEqual(["CORE", "PRIV", "TRAP"]);
  expect(json.name).toContain(`-${steps}-`);
  const names = Object.keys(groups.CORE);
  for (const name of names) expect([name, groups.CORE[name]]).toEqual([name, await visit.value(name)]);
  expect(groups.CORE).toMatchObject({ pc: "0x0000000080000298", s1: "0x0000000000000007", a7: "0x0000000123456789" });

  const binary = await save("Registers as binary");
  expect(binary.name).toBe(json.name.replace(".json", ".bin"));
  const view = new DataView(binary.bytes.buffer, binary.bytes.byteOffset, binary.bytes.length);
  expect(binary.bytes.toString("latin1", 0, 8)).toBe("VTRNREGS");
  // Groups 0, 3 and 7.
  expect([view.getUint32(8, true), view.getUint32(12, true)]).toEqual([1, 0b1000_1001]);
  expect(String(view.getBigUint64(16, true))).toBe(steps);
  const values: bigint[] = Object.values(groups).flatMap((group) => Object.values(group as object).map(BigInt));
  expect(binary.bytes.length).toBe(32 + 8 * values.length);
  expect(values.map((_, n) => view.getBigUint64(32 + 8 * n, true))).toEqual(values);

  const from = sheet.getByLabel("From");
  const length = sheet.getByLabel("Bytes");
  for (const [where, count, complaint] of [
    ["main +", "16", "From, at character 7: "],
    ["main", "0", "Bytes: expected 1 at least."],
    ["main", "1 << 40", "Bytes: expected 16.8 MB at most for this kind of file."],
    ["0x100", "0x20000", "0x"],
  ] as const) {
    await from.fill(where);
    await length.fill(count);
    await sheet.getByRole("button", { name: "Memory as JSON" }).click();
    await sheet.getByRole("alert").filter({ hasText: complaint }).waitFor();
    expect([await from.inputValue(), await length.inputValue()]).toEqual([where, count]);
  }
  const elf = readFileSync(at("public", "guests", "hello.elf"));
  const text = elfSections(elf).sections.find(({ name }) => name === ".text")?.bytes as Uint8Array;
  await from.fill("_start");
  await length.fill(String(text.length));
  const code = await save("Memory as binary");
  expect(code.name).toBe(`vitrine-hello-${steps}-0x80000000.bin`);
  expect(code.bytes.equals(text)).toBe(true);
  await sheet.getByLabel("Addresses").selectOption("physical");
  const rows = await save("Memory as JSON");
  expect(rows.name).toBe(`vitrine-hello-${steps}-physical-0x80000000.json`);
  const { rows: digits, ...about } = JSON.parse(rows.bytes.toString("utf8"));
  expect(about).toEqual({
    format: "vitrine-memory",
    version: 1,
    machine: "hello",
    target: "riscv64",
    steps,
    kind: "physical",
    address: "0x0000000080000000",
    bytes: text.length,
  });
  expect(Buffer.from(digits.join(""), "hex").equals(text)).toBe(true);
  await page.keyboard.press("Escape");
  expect(visit.errors).toEqual([]);
});

test("steps hold interrupts back, or take them: said beside the buttons, switched there, and kept", async () => {
  const timer = await site.open("?machine=timer&at=3584", { viewport: { width: 390, height: 844 } });
  const { page } = timer;
  await timer.state(/^Paused at main\+0x52 \(0x800002fe\) in M-mode, after 3,584 instructions$/);
  // The interrupt is due: the step goes on as if it were not.
  await timer.press("Step");
  await timer.state(/^Paused at main\+0x[0-9a-f]+ \(0x[0-9a-f]+\) in M-mode, after 3,585 instructions$/);
  const held = page.getByRole("button", { name: "More steps; interrupts are held back", exact: true });
  await held.focus();
  await page.keyboard.press("Enter");
  const choice = page.getByRole("menuitemcheckbox", { name: "Steps hold interrupts back", exact: true });
  expect(await choice.getAttribute("aria-checked")).toBe("true");
  await choice.getByText("Step, Over and Out take no interrupt, and timers stand still").waitFor();
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(page)).toEqual([]);
  }
  const list = await page.getByRole("menu").boundingBox();
  expect([(list?.x ?? -1) >= 0, (list?.x ?? 0) + (list?.width ?? 999) <= 390]).toEqual([true, true]);
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  const taken = page.getByRole("button", { name: "More steps; interrupts are taken", exact: true });
  await taken.waitFor();
  await timer.press("Step");
  await timer.state(/^Paused at trap_entry\S* \(0x[0-9a-f]+\) in M-mode, after 3,586 instructions$/);
  await page.reload();
  await taken.click();
  expect(await choice.getAttribute("aria-checked")).toBe("false");
  await choice.click();
  await held.waitFor();
  // A pause that is not reached is over when the machine has stopped.
  await page.getByRole("button", { name: "Pause at next …", exact: true }).click();
  await page.getByRole("menuitem", { name: "Pause at the next exception" }).click();
  await timer.state(/^Powered off \(exit code 0\) after [\d,]+ instructions\. Reset switches it on again\.$/);
  expect(timer.errors).toEqual([]);
  await timer.close();
});
