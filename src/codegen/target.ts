/** Binds the neutral core to its target: static linking by name, so that calls can be inlined. */

import { type GeneratedFile, header } from "./generated-file.ts";

export function generateTarget(target: string): GeneratedFile[] {
  return ["target", "parameters"].map((name) => ({
    path: `${name}.ts`,
    text: `${header("src/codegen/target.ts")}\nexport * from "../targets/${target}/${name}";\n`,
  }));
}
