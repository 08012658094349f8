/** gdb's variables of the frames of the programs in test/debug/variables are those that are recorded there; VITRINE_RECORD=1 records them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compiled, FORMS, GDB_SETTINGS, stopsOf, withoutPlaces } from "../debug/variables/variables.ts";
import { onVitrine } from "./gdb-peers.ts";

test.each(FORMS)("%s", async (form) => {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-variables-"));
  try {
    const elf = join(folder, `${form}.elf`);
    writeFileSync(elf, compiled(form));
    const machine = { options: ["-m", "64M", "-bios", "none", "-kernel", elf], symbols: elf };
    const stops = Array.from({ length: stopsOf(form) }, () => [
      "continue",
      "echo <stack>\\n",
      "bt full",
      "echo </stack>\\n",
    ]);
    const printed = await onVitrine(machine, [...GDB_SETTINGS, "break *&stop", ...stops.flat()]);
    const stacks = [...printed.matchAll(/<stack>\n(.*?)<\/stack>/gs)].map(([, text]) => withoutPlaces(text ?? ""));
    const recorded = new URL(`../debug/variables/${form}.txt`, import.meta.url);
    const text = `${stacks.join("\n\n")}\n`;
    if (process.env.VITRINE_RECORD === "1") writeFileSync(recorded, text);
    expect(stacks).toHaveLength(stopsOf(form));
    expect(text).toBe(readFileSync(recorded, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
