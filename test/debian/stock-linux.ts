/** Debian's own kernel as its package brings it, with a shell in an initial file system and Debian's stress-ng on a disk. */
import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { makeExt4 } from "../../src/cli/images/ext4-image.ts";
import { firstInitrd } from "../../src/cli/images/first-initrd.ts";
import type { Machine, MachineOptions } from "../../src/worker/node.ts";
import { library, path } from "../boot/machines.ts";
import { GuestShell } from "./guest-shell.ts";
import { unpackedPackages } from "./unpacked-packages.ts";

const DEBIAN = { architecture: "riscv64", suite: "trixie" } as const;
const DISK_BYTES = 1 << 30;

const INIT = `#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for module in /modules/*.ko; do insmod "$module"; done
cd
exec sh
`;

/** A machine with the stock kernel, not yet running, and its shell. Its packages are fetched the first time. */
export async function stockMachine(disk: string): Promise<{ machine: Machine; shell: GuestShell }> {
  const root = await unpackedPackages({ ...DEBIAN, names: ["linux-image-riscv64", "busybox-static"] });
  const kernel = readdirSync(join(root, "boot")).find((name) => name.startsWith("vmlinu"));
  const { createMachine } = await library();
  const options: MachineOptions = {
    target: "riscv64",
    memory: 512 << 20,
    firmware: path("public/firmware/opensbi/fw_dynamic.bin"),
    kernel: join(root, "boot", `${kernel}`),
    initrd: await firstInitrd(root, INIT, ""),
    append: "console=ttyS0 quiet",
    paced: false,
    disks: [{ image: disk, readOnly: true }],
  };
  const machine = await createMachine(options);
  return { machine, shell: new GuestShell(machine, "~ # ") };
}

/** A disk image with Debian's stress-ng and its libraries, made once. */
export async function stressDisk(): Promise<string> {
  const root = await unpackedPackages({ ...DEBIAN, names: ["stress-ng"] });
  const image = `${root}.ext4`;
  if (existsSync(image)) return image;
  for (const name of ["dev", "proc", "sys", "tmp"]) mkdirSync(join(root, name), { recursive: true });
  // Debian's layout, which a package of its own would bring.
  for (const name of ["bin", "lib", "sbin"]) {
    if (!existsSync(join(root, name))) symlinkSync(`usr/${name}`, join(root, name));
  }
  await makeExt4(`${image}.part`, root, DISK_BYTES, []);
  renameSync(`${image}.part`, image);
  return image;
}

/**
 * Lets stress-ng work with all its stressors for so long by the guest's clock, each checking what it has done; answers its verdict.
 */
export async function stress(shell: GuestShell, timeout: string): Promise<string[]> {
  const bind = ["dev", "proc", "sys"].map((name) => `mount -o bind /${name} /mnt/${name}`).join("; ");
  await shell.run(`mount -o ro /dev/vda /mnt; ${bind}; mount -t tmpfs tmpfs /mnt/tmp`);
  const stressors = STRESSORS.map((name) => `--${name} 1`).join(" ");
  const options = `--vm-bytes 64M --verify --temp-path /tmp --timeout ${timeout}`;
  const [printed, status] = await shell.run(`chroot /mnt stress-ng ${stressors} ${options}`);
  const verdict = [...printed.matchAll(/(skipped|passed|failed|metrics untrustworthy): (.*)$/gm)].map(([text]) => text);
  return [...verdict, `status: ${status}`];
}

const STRESSORS = ["cpu", "vm", "fork", "io"];

/** The verdict if nothing went wrong. */
export const SOUND = [
  "skipped: 0",
  `passed: ${STRESSORS.length}: ${STRESSORS.map((name) => `${name} (1)`).join(" ")}`,
  "failed: 0",
  "metrics untrustworthy: 0",
  "status: 0",
];
