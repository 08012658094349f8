// Who may import whom (ARCHITECTURE.md): the table below is the rule, and the sources are held against it.
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, extname, join, posix, relative, resolve, sep } from "node:path";
import { parseSync } from "vite";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");

interface Rule {
  /** Folder or file, as a path from the root. A file belongs to the first rule whose path it lies in. */
  readonly area: string;
  /** Folders and files of the project that it may import, besides itself. */
  readonly project: readonly string[];
  /** Packages that it may import, if not as in `packagesOf`. "node:" stands for Node's built-in modules. */
  readonly packages?: readonly string[];
}

const abi = "src/spec/abi.ts";

const rules: readonly Rule[] = [
  // The core. Its file names bear no extension in imports.
  { area: "wasm-core/softfloat", project: [] },
  { area: "wasm-core/generated", project: ["wasm-core", abi] },
  { area: "wasm-core/sync", project: ["wasm-core/machine", "wasm-core/generated", abi] },
  // mmu: whoever stores into guest RAM must reach the code cache, devices through machine/ram.ts included.
  {
    area: "wasm-core/machine",
    project: ["wasm-core/sync", "wasm-core/mmu", "wasm-core/jit", "wasm-core/generated", abi],
  },
  // jit: whoever drops decoded code drops what was compiled from it.
  { area: "wasm-core/mmu", project: ["wasm-core/machine", "wasm-core/jit", "wasm-core/generated", abi] },
  { area: "wasm-core/devices", project: ["wasm-core/machine", "wasm-core/generated", abi] },
  { area: "wasm-core/jit", project: ["wasm-core/machine", "wasm-core/mmu", "wasm-core/generated", abi] },

  { area: "src/spec", project: [] },
  { area: "src/codegen", project: ["src/spec"] },
  { area: "src/sync", project: ["src/spec"] },
  { area: "src/debug", project: ["src/spec"] },
  { area: "src/host", project: ["src/spec", "src/sync", "src/debug"] },
  // Node's threads and files for machines: outside cli, only here.
  { area: "src/worker/node-files", project: ["src/host"], packages: ["node:"] },
  { area: "src/worker/node-adapter.ts", project: ["src/worker", "src/host"], packages: ["comlink", "node:"] },
  { area: "src/worker", project: ["src/host", "src/spec", "src/sync", "src/debug"], packages: ["comlink"] },
  { area: "src/gdbstub/transports", project: ["src/gdbstub"], packages: ["node:", "ws"] },
  { area: "src/gdbstub", project: ["src/spec", "src/debug", "src/worker/machine-api.ts"] },
  { area: "src/cli", project: ["src/spec", "src/debug", "src/worker", "src/gdbstub"], packages: ["node:"] },

  { area: "web/widgets", project: ["web/theme"], packages: ["react", "uplot"] },
  {
    area: "web/model",
    project: [
      "src/worker/machine-client.ts",
      "src/worker/machine-api.ts",
      "src/worker/page.ts",
      "src/worker/disk-image.ts",
      "src/spec",
      "src/sync",
      "src/debug",
      // The page's end of the bridge to gdb.
      "src/gdbstub",
    ],
    packages: [],
  },
  { area: "web/theme", project: [], packages: [] },
  { area: "web/tours", project: ["web/model", "src/spec"], packages: [] },
  // The element for other pages is a user of the library as the page's model is, and shows the page's panels.
  {
    area: "web/embed",
    project: ["src/worker", "web/model", "web/panels", "web/widgets", "web/theme", "web/app/stage-message.tsx"],
    packages: ["react", "react-dom"],
  },
  { area: "web", project: ["web", "src/spec"], packages: ["react", "react-dom", "@xterm"] },
];

const targets = ["riscv64", "i386", "ppc"];

/** Modules that choose a target when nobody named one: they may import it, and say its name nowhere else. */
const choosers = ["src/cli/machine-from-options.ts"];

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|js|css|html)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** What a module names in imports, exports from elsewhere, import() and addresses of workers. */
function namesImported(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const { module } = parseSync(file, text);
  const workers = [...text.matchAll(/new URL\(\s*"([^"]+\.tsx?)",\s*import\.meta\.url/g)].map((match) => match[1]!);
  return [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap((entry) => entry.entries.map((item) => item.moduleRequest?.value ?? "")),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1)),
    ...workers,
  ].filter((name) => name !== "");
}

function lies(path: string, inside: string): boolean {
  return path === inside || path.startsWith(`${inside}/`);
}

/** The rule of a file; a panel and a target each are an area of their own. */
function ruleOf(file: string): Rule | undefined {
  const panel = /^web\/panels\/[^/]+/.exec(file)?.[0];
  if (panel !== undefined) {
    const project = ["web/model", "web/widgets", "web/theme", "src/spec"];
    return { area: panel, project, packages: ["react", "@xterm"] };
  }
  const target = /^wasm-core\/targets\/[^/]+/.exec(file)?.[0];
  if (target !== undefined) {
    const neutral = ["machine", "mmu", "devices", "sync", "jit", "softfloat", "generated"];
    return { area: target, project: [...neutral.map((name) => `wasm-core/${name}`), abi] };
  }
  return rules.find(({ area }) => lies(file, area));
}

/** Why `file` may not import `name`, or null if it may. */
function fault(file: string, name: string): string | null {
  const rule = ruleOf(file);
  if (rule === undefined) return `${file} lies in no area of the table`;
  if (!name.startsWith(".")) {
    const plain = name.startsWith("node:") || builtinModules.includes(name) ? "node:" : name;
    const allowed = (rule.packages ?? []).some((wanted) => lies(plain, wanted));
    return allowed ? null : `${file} may not import the package ${name}`;
  }
  const path = posix.join(dirname(file), name);
  const found = extname(path) === "" ? `${path}.ts` : path;
  // What several panels share lies beside their folders.
  const shared = rule.area.startsWith("web/panels/") && /^web\/panels\/[^/]+\.(?:tsx?|css)$/.test(found);
  return shared || [rule.area, ...rule.project].some((area) => lies(found, area))
    ? null
    : `${file} may not import ${found}`;
}

const modules = ["src", "wasm-core", "web"]
  .flatMap(sources)
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts"));

describe("import rules", () => {
  test("the sources are seen", () => {
    expect(modules).toContain(abi);
    expect(namesImported("web/entry.ts")).toEqual(["./cross-origin-isolation.ts", "./main.tsx"]);
  });

  test("each module imports only what its area may", () => {
    expect(modules.flatMap((file) => namesImported(file).flatMap((name) => fault(file, name) ?? []))).toEqual([]);
  });

  test.each([
    ["src/spec/riscv64/csrs.ts", "../../host/machine.ts"],
    ["src/host/machine.ts", "node:fs"],
    ["src/worker/machine-client.ts", "node:fs"],
    ["src/host/machine.ts", "comlink"],
    ["src/host/machine.ts", "../worker/machine-client.ts"],
    ["src/worker/machine-client.ts", "fs"],
    ["src/sync/slots.ts", "../host/machine.ts"],
    ["web/panels/terminal/terminal.tsx", "../registers/registers.tsx"],
    ["web/panels/terminal/terminal.tsx", "../../../src/worker/machine-client.ts"],
    ["web/model/machine-store.ts", "react"],
    ["web/widgets/button.tsx", "../model/machine-store.ts"],
    ["wasm-core/devices/plic.ts", "../targets/riscv64/hart"],
    ["wasm-core/targets/riscv64/hart.ts", "../i386/segment"],
    ["wasm-core/machine/machine.ts", "../../src/spec/register-table"],
    ["elsewhere/file.ts", "./other.ts"],
  ])("%s may not import %s", (file, name) => {
    expect(fault(file, name)).not.toBeNull();
  });

  test("a target's name stands only in paths that bear it", () => {
    const written = ["src", "wasm-core", "web"].flatMap(sources).filter((file) => !lies(file, "wasm-core/generated"));
    const strangers = written.flatMap((file) => {
      const source = readFileSync(join(root, file), "utf8");
      const text = choosers.includes(file) ? source.replaceAll(/^import .* from ".*";$/gm, "") : source;
      return targets
        .filter((target) => !file.includes(target) && new RegExp(`\\b${target}\\b`, "i").test(text))
        .map((target) => `${file} says ${target}`);
    });
    expect(strangers).toEqual([]);
  });
});
