// Compiles wasm-core/softfloat alone and calls its functions with BigInt operands.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import type { Operation } from "./operations";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FOLDER = "wasm-core/softfloat";
const ENTRY = "softfloat-entry.ts";

export interface Outcome {
  bits: bigint;
  flags: number;
}

export interface Core {
  run(operation: Operation, operands: bigint[], rm: number): Outcome;
  runFast(operation: Operation, operands: bigint[], rm: number, accrued: number): Outcome;
  /** Names of the exported functions. */
  names: string[];
}

export async function compileCore(): Promise<Core> {
  const modules = readdirSync(join(ROOT, FOLDER)).filter((name) => name.endsWith(".ts"));
  const entry = modules.map((name) => `export * from "./${FOLDER}/${name.slice(0, -3)}";`).join("\n");
  let binary: Uint8Array | undefined;
  const stderr = asc.createMemoryStream();
  // AS235: generic functions, internal to the folder, are not exported.
  const options = ["-O3", "--noAssert", "--runtime", "stub", "--disableWarning", "235", "--outFile", "softfloat.wasm"];
  const { error } = await asc.main([ENTRY, ...options], {
    stderr,
    readFile: (filename, baseDir) => (filename === ENTRY ? entry : readText(join(baseDir, filename))),
    writeFile: (filename, contents) => {
      if (filename === "softfloat.wasm") binary = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`softfloat does not compile: ${error?.message}\n${stderr.toString()}`);
  const { instance } = await WebAssembly.instantiate(new Uint8Array(binary), {});
  return wrap(instance.exports);
}

function readText(path: string): string | null {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch {
    return null;
  }
}

function wrap(exports: WebAssembly.Exports): Core {
  const flags = exports.exceptionFlags as WebAssembly.Global<"i32">;
  const clear = exports.clearFlags as () => void;
  const call = (name: string, operation: Operation, operands: bigint[], rest: number[]): Outcome => {
    const callee = exports[name] as (...values: (number | bigint)[]) => number | bigint;
    const values = operands.map((value, i) => (operation.operands[i].endsWith("64") ? value : Number(value)));
    clear();
    const bits = callee(...values, ...rest);
    return { bits: BigInt.asUintN(operation.resultWidth, BigInt(bits)), flags: flags.value };
  };
  return {
    run: (operation, operands, rm) => call(operation.name, operation, operands, operation.rounds ? [rm] : []),
    runFast: (operation, operands, rm, accrued) => call(`${operation.name}Fast`, operation, operands, [rm, accrued]),
    names: Object.keys(exports).filter((name) => typeof exports[name] === "function"),
  };
}
