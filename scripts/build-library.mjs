// Emits src as plain JavaScript modules with types into lib, which Node, bundlers and workers take as they are.
// lib lies beside src, so that addresses of other files, relative to a module, are the same in both.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { at, Complaint } from "./paths.mjs";
import { runTool } from "./run-process.mjs";
import { filesBelow } from "./stamps.mjs";

/** Types are checked by `npm run check`; here they are only taken off. */
export async function buildLibrary() {
  const folder = at("lib");
  const fresh = at("build", "lib");
  rmSync(fresh, { recursive: true, force: true });
  const { status, output } = await runTool(
    "typescript/bin/tsc",
    ["-p", at("tsconfig.lib.json"), "--noCheck", "--outDir", fresh],
    { capture: true },
  );
  if (status !== 0) throw new Complaint(`${output.trim()}\nThe library does not compile.`);
  for (const file of filesBelow(fresh)) {
    const text = readFileSync(file, "utf8");
    const mended = file.endsWith(".d.ts") ? mendTypes(text) : mendAddresses(text);
    if (mended !== text) writeFileSync(file, mended);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}

/** tsc rewrites the extension of imports, but not the addresses of workers. */
function mendAddresses(text) {
  return (
    text
      .replaceAll(/new URL\("(\.{1,2}\/[^"]+)\.ts", import\.meta\.url\)/g, 'new URL("$1.js", import.meta.url)')
      // Bundlers follow an import by template only if they can read it.
      .replaceAll(/import\(__rewriteRelativeImportExtension\(`([^`]+)\.ts`\)\)/g, "import(`$1.js`)")
  );
}

/** Declarations keep `.ts` in imports, and the integer names of AssemblyScript mean nothing outside. */
function mendTypes(text) {
  return text
    .replaceAll(/(from |import\()"(\.{1,2}\/[^"]+)\.ts"/g, '$1"$2.js"')
    .replaceAll(/: (?:[iu](?:8|16|32))\b/g, ": number");
}
