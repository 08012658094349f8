/** Debian's U-Boot, unmodified: it sees the board as on QEMU, and boots the bundled Linux from an ext4 disk by extlinux.conf. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { makeExt4 } from "../../src/cli/images/ext4-image.ts";
import type { Machine, MachineOptions } from "../../src/worker/node.ts";
import { bundledGuests, library, path, PROMPT, Transcript } from "../boot/machines.ts";
import { unpackedPackages } from "../debian/unpacked-packages.ts";

const PARTITION_BYTES = 32 << 20;
const PARTITION_AT = 1 << 20;
const folder = mkdtempSync(join(tmpdir(), "vitrine-u-boot-"));
const machines: Machine[] = [];

afterAll(async () => {
  for (const machine of machines) await machine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Omit<MachineOptions, "target">): Promise<Transcript> {
  const { createMachine } = await library();
  const machine = await createMachine({ target: "riscv64", memory: 256 << 20, ...options });
  machines.push(machine);
  const transcript = new Transcript(machine);
  await machine.run();
  return transcript;
}

async function uBoot(board: string): Promise<string> {
  const root = await unpackedPackages({ architecture: "riscv64", suite: "trixie", names: ["u-boot-qemu"] });
  return join(root, "usr/lib/u-boot", board);
}

/** A disk with one partition, whose file system has kernel and initrd of the bundled Linux, and says how they start. */
async function bootDisk(): Promise<string> {
  const linux = bundledGuests.find(({ id }) => id === "linux")!;
  const root = join(folder, "root");
  mkdirSync(join(root, "extlinux"), { recursive: true });
  writeFileSync(join(root, "Image"), gunzipSync(readFileSync(path(`public/${linux.kernel}`))));
  copyFileSync(path(`public/${linux.initrd}`), join(root, "initrd.gz"));
  writeFileSync(
    join(root, "extlinux/extlinux.conf"),
    "default linux\nlabel linux\n kernel /Image\n initrd /initrd.gz\n append console=hvc0\n",
  );
  const partition = join(folder, "boot.ext4");
  await makeExt4(partition, root, PARTITION_BYTES, []);
  const image = join(folder, "boot.img");
  const sectors = Buffer.alloc(PARTITION_AT);
  // The table's first entry: bootable, Linux, first sector and count; then the mark that it is a table.
  sectors[446] = 0x80;
  sectors[450] = 0x83;
  sectors.writeUInt32LE(PARTITION_AT / 512, 454);
  sectors.writeUInt32LE(PARTITION_BYTES / 512, 458);
  sectors.writeUInt16LE(0xaa55, 510);
  writeFileSync(image, Buffer.concat([sectors, readFileSync(partition)]));
  return image;
}

test("in S-mode, started by OpenSBI: flash as on QEMU, and a kernel from a disk", async () => {
  const transcript = await start({
    firmware: path("public/firmware/opensbi/fw_dynamic.bin"),
    kernel: join(await uBoot("qemu-riscv64_smode"), "u-boot.bin"),
    disks: [{ image: await bootDisk(), readOnly: true }],
    // U-Boot writes to the serial port, and needs no answer; Linux is at the console.
    console: "virtio",
  });
  await transcript.shows("Starting kernel");
  expect(transcript.text).toMatch(/Flash: 32 MiB/);
  expect(transcript.text).toMatch(/Found \/extlinux\/extlinux\.conf/);
  await transcript.shows(PROMPT);
});

test("in M-mode, as the firmware", async () => {
  const transcript = await start({ firmware: join(await uBoot("qemu-riscv64"), "u-boot.bin") });
  await transcript.shows("Hit any key to stop autoboot");
  const machine = machines[machines.length - 1]!;
  await machine.console.write("x");
  await transcript.shows("=> ");
  const from = transcript.text.length;
  await machine.console.write("qfw list; fdt addr $fdtcontroladdr; fdt print /flash@20000000 bank-width\r");
  await transcript.shows("bank-width = <0x00000004>", from);
});
