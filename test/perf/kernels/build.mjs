// Builds the kernels of the bench to <name>.elf. Needs gcc-riscv64-unknown-elf (Debian); the results are committed.
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
const flags = [
  "-O2 -march=rv64gc -mabi=lp64d -mcmodel=medany -ffreestanding -fno-builtin -fno-pic -nostdlib -static",
  "-fno-tree-loop-distribute-patterns -Wall -Wextra -Wno-unused-parameter -Wl,--build-id=none -Wl,--no-warn-rwx-segments -s",
]
  .join(" ")
  .split(" ");

for (const file of readdirSync(here).filter((name) => name.endsWith(".c") && name !== "frame.c")) {
  const name = file.slice(0, -2);
  execFileSync(
    "riscv64-unknown-elf-gcc",
    [...flags, "-T", join(here, "link.ld"), join(here, "frame.c"), join(here, file), "-o", join(here, `${name}.elf`)],
    { stdio: "inherit" },
  );
}
