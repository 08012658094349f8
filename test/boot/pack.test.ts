// The package as its users get it: packed, installed in an empty folder, imported with types, and run.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { spawn } from "node:child_process";
import { at } from "../../scripts/paths.mjs";
import { findNpm } from "../../scripts/run-process.mjs";

const folder = mkdtempSync(join(tmpdir(), "vitrine-pack-"));

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

function run(args: string[], cwd: string, input = ""): Promise<Ended> {
  return new Promise((resolve, reject) => {
    // Variables that npm set for this test run would send the inner npm back to this working copy.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|INIT_CWD)/.test(name)),
    );
    const child = spawn(process.execPath, args, { cwd, env });
    const ended: Ended = { status: null, stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text) => (ended.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (ended.stderr += text));
    child.on("error", reject);
    child.on("close", (status) => resolve({ ...ended, status }));
    child.stdin.end(input);
  });
}

beforeAll(async () => {
  const packed = await run([findNpm(), "pack", "--pack-destination", folder], at());
  expect(packed.stderr + packed.status).toMatch(/0$/);
  const tarball = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  expect(tarball).toEqual(["vitrine-0.1.0.tgz"]);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  const installed = await run([findNpm(), "install", "--no-audit", "--no-fund", tarball[0]!], folder);
  expect(installed.status, installed.stderr).toBe(0);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("holds what runs, and nothing that only this working copy needs", () => {
  const entries = readdirSync(join(folder, "node_modules", "vitrine")).sort();
  expect(entries).toEqual(["LICENSE", "README.md", "bin", "build", "lib", "package.json", "public"]);
  const installed = readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."));
  expect(installed.sort()).toEqual(["comlink", "vitrine", "ws"]);
  // The element for other pages, with its worker and its core, beside the machines that it offers.
  const embed = readdirSync(join(folder, "node_modules", "vitrine", "public", "embed"), { recursive: true });
  for (const pattern of [/^vitrine-machine\.js$/, /machine-worker-\S+\.js$/, /core-\S+\.wasm$/]) {
    expect(embed.filter((name) => pattern.test(String(name)))).toHaveLength(1);
  }
});

test("npx vitrine run boots the bundled Linux, runs what is piped in, and ends with the guest", async () => {
  const npx = findNpm().replace(/npm-cli\.js$/, "npx-cli.js");
  const input = "echo six=$((2*3)); poweroff -f\n";
  const { status, stdout, stderr } = await run([npx, "vitrine", "run", "--timeout", "250"], folder, input);
  expect(stdout, stderr).toMatch(/^six=6\r?$/m);
  expect(status, stderr).toBe(0);
});

test("a machine made by import steps", async () => {
  const program = `
    import { createMachine, Sync } from "vitrine";
    const vm = await createMachine({ target: "riscv64", memory: 64 << 20 });
    const { steps } = await vm.step(1);
    const { fetched } = await vm.cpus[0].get(Sync.RUNTIME);
    console.log(String(steps), fetched !== 0);
    await vm.dispose();
  `;
  writeFileSync(join(folder, "one-step.mjs"), program);
  const { status, stdout, stderr } = await run(["one-step.mjs"], folder);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "1 true\n", stderr: "" });
});

test("its types stand by themselves, for Node and for a page", async () => {
  const source = `
    import { createMachine, Sync, type SyncMask } from "vitrine";
    export const made: Promise<{ run(): Promise<void> }> = createMachine({ target: "riscv64" });
    export const mask: SyncMask = Sync.RUNTIME;
    // @ts-expect-error: memory is a number of bytes
    createMachine({ target: "riscv64", memory: "256M" });
  `;
  writeFileSync(join(folder, "use.ts"), source);
  const tsc = at("node_modules", "typescript", "bin", "tsc");
  const common = [
    "--ignoreConfig",
    "--noEmit",
    "--strict",
    "--target",
    "es2023",
    "--skipLibCheck",
    "false",
    "--types",
    "",
  ];
  const node = await run([tsc, ...common, "--module", "nodenext", "--lib", "es2023,webworker", "use.ts"], folder);
  expect(node.stdout).toBe("");
  const resolution = ["--module", "esnext", "--moduleResolution", "bundler", "--customConditions", "browser"];
  const page = await run([tsc, ...common, ...resolution, "--lib", "es2023,dom", "use.ts"], folder);
  expect(page.stdout).toBe("");
});

test("package.json names only files that are there", () => {
  const home = join(folder, "node_modules", "vitrine");
  const { exports, bin } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const named: string[] = [];
  const collect = (value: unknown): unknown =>
    typeof value === "string" ? named.push(value) : Object.values(value as object).map(collect);
  collect([exports, bin]);
  expect(named.length).toBeGreaterThan(7);
  expect(named.filter((path) => readFileSync(join(home, path)).length === 0)).toEqual([]);
});
