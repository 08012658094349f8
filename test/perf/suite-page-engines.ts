/** The engines of the suite's table that run in a browser's page: Vitrine, plain wasm and v86. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { at } from "../../scripts/paths.mjs";
import { unpackedPackages } from "../debian/unpacked-packages.ts";
import { type BenchPage, putImages } from "./browser-page.ts";
import { suiteAlone } from "./linux-guest.ts";
import type { LinuxGuest, Session } from "./linux-session.ts";
import { type SuiteEngine, shellEngine } from "./suite-engines.ts";
import { suiteKernels, wasmIndex } from "./suite-kernels.ts";

function sessionIn(page: BenchPage, name: string): Session {
  return { run: (command) => page.call("run", name, command), close: () => page.call("close", name) };
}

export async function vitrineInChromium(
  page: BenchPage,
  guest: LinuxGuest<Uint8Array>,
  jit?: boolean,
): Promise<SuiteEngine> {
  await page.call("startVitrine", putImages<LinuxGuest>(page.put, "suite", guest), ...(jit === undefined ? [] : [jit]));
  return shellEngine("chromium", `Vitrine in ${page.version}`, sessionIn(page, "vitrine"));
}

export async function plainWasmInChromium(page: BenchPage): Promise<SuiteEngine> {
  const kernels = suiteKernels();
  await page.call("openWasm", page.put("suite.wasm", readFileSync(join(import.meta.dirname, "suite", "suite.wasm"))));
  return {
    name: "wasm-chromium",
    version: "the same C as plain wasm in Chromium (clang 19 -O2)",
    share: 0.25,
    runs: (kernel) => wasmIndex(kernels, kernel) >= 0,
    run: (kernel, repetitions) => page.call("runWasm", wasmIndex(kernels, kernel), repetitions),
    close: async () => {},
  };
}

/** Debian's kernel has more in it than v86 needs; what only takes time at its start is left out. */
const I386_APPEND = "console=ttyS0 quiet tsc=reliable mitigations=off cryptomgr.notests";

export async function v86InChromium(page: BenchPage, memory: number): Promise<SuiteEngine> {
  const root = await unpackedPackages({
    architecture: "i386",
    suite: "bookworm",
    names: ["linux-image-686", "seabios"],
  });
  const kernel = readdirSync(join(root, "boot")).find((name) => name.startsWith("vmlinuz")) ?? "vmlinuz";
  const put = (name: string, path: string): string => page.put(name, readFileSync(path));
  const bios = join(root, "usr", "share", "seabios");
  const folder = at("node_modules", "v86");
  await page.call("startV86", {
    wasm: put("v86.wasm", join(folder, "build", "v86.wasm")),
    bios: put("bios.bin", join(bios, "bios.bin")),
    vgaBios: put("vgabios.bin", join(bios, "vgabios-stdvga.bin")),
    kernel: put("vmlinuz", join(root, "boot", kernel)),
    initrd: page.put("initrd-i386", suiteAlone("i386")),
    append: I386_APPEND,
    memory,
    prompt: "suite ready",
  });
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return {
    ...shellEngine("v86", `v86 ${version} in Chromium, ${kernel}, ${I386_APPEND}`, sessionIn(page, "v86")),
    runs: ({ only, group }) => only === undefined && group !== "programs",
  };
}
