// Builds the suite: a static program for each guest, and plain wasm. The results are committed; the bench itself needs no compiler.
// Needs Debian's gcc-riscv64-linux-gnu, gcc-i686-linux-gnu, clang-19 and lld-19.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const all = JSON.parse(readFileSync(join(here, "kernels.json"), "utf8"));

// The same arithmetic everywhere: a * b + c stays two operations unless the source says otherwise, and nothing is vectorized.
const same = ["-O2", "-ffreestanding", "-fno-builtin", "-ffp-contract=off", "-fno-math-errno", "-fno-vectorize"];
const warnings = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"];
const gcc = [
  ...same.map((flag) => (flag === "-fno-vectorize" ? "-fno-tree-vectorize" : flag)),
  ...[
    "-fno-tree-loop-distribute-patterns",
    "-fno-pie",
    "-no-pie",
    "-fno-stack-protector",
    "-nostdlib",
    "-static",
    "-s",
  ],
  ...[
    "-fno-asynchronous-unwind-tables",
    "-Wl,--build-id=none",
    "-Wl,-z,norelro",
    "-Wl,--no-warn-rwx-segments",
    ...warnings,
  ],
];

/** The table of kernels as C, in the order of kernels.json, and the files to compile. */
function tableOf(kernels, folder) {
  const table = join(folder, "table.c");
  const lines = [
    '#include "suite.h"',
    ...kernels.map(({ name }) => `extern Kernel ${name};`),
    "const struct entry kernels[] = {",
    ...kernels.map(({ name }) => `  {"${name}", ${name}},`),
    "  {0, 0},\n};\n",
  ];
  writeFileSync(table, lines.join("\n"));
  return [table, join(here, "run.c"), ...kernels.map(({ name }) => join(here, `${name}.c`))];
}

function forLinux(target, compiler, flags) {
  const kernels = all.filter(({ only }) => only === undefined || only === target);
  const files = [...tableOf(kernels, folder), join(here, "main.c")];
  const out = join(here, `suite-${target}`);
  execFileSync(compiler, [...gcc, ...flags, `-I${here}`, ...files, "-lgcc", "-o", out], { stdio: "inherit" });
}

function forWasm() {
  const kernels = all.filter(({ group }) => group === "integer" || group === "float");
  const flags = [
    "--target=wasm32",
    "-nostdlib",
    "-Wl,--no-entry",
    "-Wl,--export=run_kernel",
    "-Wl,-z,stack-size=1048576",
  ];
  const files = tableOf(kernels, folder);
  execFileSync(
    "clang-19",
    [...same, ...warnings, ...flags, `-I${here}`, ...files, "-Wl,-s", "-o", join(here, "suite.wasm")],
    {
      stdio: "inherit",
    },
  );
}

const folder = mkdtempSync(join(tmpdir(), "vitrine-suite-"));
forLinux("riscv64", "riscv64-linux-gnu-gcc", ["-march=rv64gc", "-mabi=lp64d"]);
// SSE2, so that doubles are doubles, as in the other engines.
forLinux("i386", "i686-linux-gnu-gcc", ["-march=i686", "-msse2", "-mfpmath=sse"]);
forWasm();
rmSync(folder, { recursive: true });
