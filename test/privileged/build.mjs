// Builds the privileged test programs with Debian's clang-19 and records what QEMU 10.0 prints for them.
//
//   node test/privileged/build.mjs [--out DIR] [NAME ...]            builds elf/NAME.elf
//   node test/privileged/build.mjs --record [NAME ...]               also runs QEMU and writes recorded/NAME.txt
//
// A new program is src/NAME.c and a row of programs.json. Programs print only what does not depend on speed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the programs: src, elf, recorded, expected. */
export const folder = dirname(fileURLToPath(import.meta.url));

/** What each program needs besides the common machine: `disk` (a raw disk image as virtio-blk), `icount` (-icount shift), `cpu` (further -cpu options for QEMU),
 * `exitCode` (if not 0),
 * `expected: "manual"` (QEMU 10.0 differs from the manuals: its output is in expected/, by hand, not in recorded/). */
export const suite = JSON.parse(readFileSync(join(folder, "programs.json"), "utf8"));
export const names = Object.keys(suite.programs);

/** Exit code with which the program ends. */
export function exitCodeOf(name) {
  return suite.programs[name].exitCode ?? 0;
}

/** What the program must print in Vitrine. */
export function expectedOutput(name) {
  const source = suite.programs[name].expected === "manual" ? "expected" : "recorded";
  return readFileSync(join(folder, source, `${name}.txt`), "utf8");
}

const qemu = "qemu-system-riscv64";
const compilerFlags = [
  "--target=riscv64-unknown-elf",
  "-march=rv64imac_zicsr_zifencei",
  "-mabi=lp64",
  "-mcmodel=medany",
  "-mno-relax",
  "-O2",
  "-g0",
  "-ffreestanding",
  "-fno-builtin",
  "-fno-pic",
  "-fno-asynchronous-unwind-tables",
  "-Wall",
  "-Wextra",
  "-Werror",
];

/** Compiles and links src/NAME.c with the runtime into the file `elf`. Needs clang-19 and lld-19. */
export function buildElf(name, elf) {
  const runtime = join(folder, "runtime");
  mkdirSync(dirname(elf), { recursive: true });
  const { error, status } = spawnSync(
    "clang-19",
    [
      ...compilerFlags,
      "-I",
      runtime,
      "-nostdlib",
      "-static",
      "-fuse-ld=lld-19",
      "-Wl,--build-id=none,--strip-debug,--no-relax",
      `-Wl,-T,${join(runtime, "link.ld")}`,
      join(runtime, "start.S"),
      join(runtime, "harness.c"),
      join(folder, "src", `${name}.c`),
      "-o",
      elf,
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  if (error) throw new Error(`clang-19 cannot be run (${error.message}): apt-get install clang-19 lld-19`);
  if (status !== 0) throw new Error(`${name}: clang-19 failed`);
}

/** The disk of the programs that have one: 8 sectors; each begins with two instructions, `li a0, 100 + sector` and `ret`. */
export function diskImage() {
  const image = new Uint8Array(8 * 512);
  const view = new DataView(image.buffer);
  for (let sector = 0; sector < 8; sector++) {
    view.setUint32(sector * 512, (((100 + sector) << 20) | 0x513) >>> 0, true);
    view.setUint32(sector * 512 + 4, 0x8067, true);
    for (let at = 8; at < 512; at++) image[sector * 512 + at] = (sector * 31 + at) & 255;
  }
  return image;
}

/** QEMU's version line; fails with the installation command when it is missing. */
export function qemuVersion() {
  const run = spawnSync(qemu, ["--version"], { encoding: "utf8" });
  if (run.error) {
    throw new Error(
      `${qemu} is missing. With bookworm-backports among the apt sources: ` +
        "apt-get -t bookworm-backports install qemu-system-misc",
    );
  }
  return run.stdout.split("\n")[0].trim();
}

/** Runs one program on QEMU; returns its UART output and exit code. Throws when it does not end within 60 s. */
export function runOnQemu(name, elf) {
  qemuVersion();
  const { disk, icount, cpu = "" } = suite.programs[name];
  const model = readFileSync(join(folder, "qemu-cpu.txt"), "utf8").trim() + cpu;
  const args = [...suite.machine, "-cpu", model, "-kernel", elf];
  const scratch = mkdtempSync(join(tmpdir(), "privileged-"));
  try {
    if (icount !== undefined) args.push("-icount", `shift=${icount}`);
    if (disk) {
      const image = join(scratch, "disk.img");
      writeFileSync(image, diskImage());
      args.push("-global", "virtio-mmio.force-legacy=false", "-drive", `file=${image},format=raw,if=none,id=d0`);
      args.push("-device", "virtio-blk-device,drive=d0,bus=virtio-mmio-bus.0");
    }
    // To a file: what is still on its way to a pipe when the program switches the machine off can be lost.
    const serial = join(scratch, "serial");
    args.push("-serial", `file:${serial}`);
    const run = spawnSync(qemu, args, { encoding: "utf8", timeout: 60_000, input: "" });
    const output = existsSync(serial) ? readFileSync(serial, "utf8") : "";
    if (run.error) throw new Error(`${name} on QEMU: ${run.error.message}; output so far:\n${output}`);
    if (run.stderr) throw new Error(`${name} on QEMU: ${run.stderr}`);
    return { output, exitCode: run.status };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function main() {
  const args = process.argv.slice(2);
  const record = args.includes("--record");
  const outAt = args.indexOf("--out");
  const out = outAt >= 0 ? args[outAt + 1] : join(folder, "elf");
  const chosen = args.filter((arg, index) => !arg.startsWith("--") && index !== outAt + 1);
  for (const name of chosen.length ? chosen : names) {
    const elf = join(out, `${name}.elf`);
    buildElf(name, elf);
    if (!record || suite.programs[name].expected === "manual") continue;
    const { output, exitCode } = runOnQemu(name, elf);
    if (exitCode !== exitCodeOf(name)) throw new Error(`${name} on QEMU ended with ${exitCode}:\n${output}`);
    mkdirSync(join(folder, "recorded"), { recursive: true });
    writeFileSync(join(folder, "recorded", `${name}.txt`), output);
    console.log(`${name}: ${output.split("\n").length} lines`);
  }
  if (record) writeFileSync(join(folder, "recorded", "qemu-version.txt"), `${qemuVersion()}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
