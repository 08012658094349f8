/** Compiles the core of the made-up machine. */
import asc from "assemblyscript/asc";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generateRegisters } from "../../../src/codegen/registers.ts";
import { TOY_TABLES } from "./tables.ts";

const root = join(import.meta.dirname, "../../..");
const registers = generateRegisters(TOY_TABLES, "test/sync/toy/tables.ts").text;
const generated = new Map([
  ["wasm-core/generated/registers.ts", registers],
  ["wasm-core/generated/target.ts", 'export * from "../../test/sync/toy/core/target";\n'],
]);

/** The compiled core, as bytes; little optimised, since many tests make their own. */
export async function compileToy(): Promise<Uint8Array<ArrayBuffer>> {
  let wasm: Uint8Array | null = null;
  let messages = "";
  const sink = {
    write: (text: string | Uint8Array) => {
      messages += text;
    },
  };
  const { error } = await asc.main(
    [
      ...["test/sync/toy/core/entry.ts", "--outFile", "toy.wasm", "--runtime", "stub", "--noAssert", "-O1"],
      ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
      ...["--memoryBase", "1024", "--enable", "threads", "--enable", "simd"],
    ],
    {
      stdout: sink,
      stderr: sink,
      readFile: (name) => {
        const made = generated.get(name.replace(/\\/g, "/"));
        if (made !== undefined) return made;
        const path = join(root, name);
        return existsSync(path) ? readFileSync(path, "utf8") : null;
      },
      writeFile: (_name, contents) => {
        wasm = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || wasm === null) throw new Error(`the made-up core does not compile:\n${messages}`);
  return Uint8Array.from(wasm);
}
