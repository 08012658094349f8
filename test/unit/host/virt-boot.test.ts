/** Memory at the start of a `virt` machine, compared with what QEMU 10.0.2 showed for the same options (xp and dumpdtb). */
import { expect, test } from "vitest";
import type { BootRequest } from "../../../src/host/target.ts";
import { planVirtBoot } from "../../../src/host/riscv64/virt-boot.ts";
import { code, elfFile } from "./elf-image.ts";
import { cells, nodeAt, readDeviceTree, strings } from "./read-device-tree.ts";

const MIB = 1 << 20;
const RAM = 0x8000_0000n;

/** As long as the bundled OpenSBI, kernel and initrd were when QEMU was asked. */
const firmware = { name: "firmware", bytes: new Uint8Array(273_472) };
const initrd = { name: "initrd", bytes: new Uint8Array(1_058_607) };

function linuxImage(bytes = 6_407_848, imageSize = 0x66_1f38n): { name: string; bytes: Uint8Array } {
  const image = new Uint8Array(bytes);
  const view = new DataView(image.buffer);
  view.setBigUint64(8, 0x20_0000n, true);
  view.setBigUint64(16, imageSize, true);
  view.setBigUint64(48, 0x56_4353_4952n, true);
  view.setUint32(56, 0x0543_5352, true);
  return { name: "kernel Image", bytes: image };
}

function plan(request: Partial<BootRequest>) {
  return planVirtBoot({
    deviceTree: null,
    ramBytes: 256 * MIB,
    cpuCount: 1,
    firmware: null,
    kernel: null,
    initrd: null,
    append: "",
    seed: 0n,
    hasFlash: false,
    ...request,
  });
}

function romWords(rom: Uint8Array): string[] {
  return cells(rom)
    .map((word) => word.toString(16).padStart(8, "0"))
    .map((word) => word.match(/../g)!.reverse().join(""));
}

function treeOf(result: ReturnType<typeof plan>) {
  return readDeviceTree(result.placements.find(({ name }) => name === "device tree")!.bytes);
}

test.each([
  [16, 0x80a0_0000n, 0x80e0_0000n],
  [64, 0x8220_0000n, 0x83e0_0000n],
  [256, 0x8820_0000n, 0x8fe0_0000n],
  [2048, 0xa020_0000n, 0xffe0_0000n],
])("with %d MiB, initrd and device tree lie where QEMU puts them", (mib, initrdAt, treeAt) => {
  const result = plan({ ramBytes: mib * MIB, firmware, kernel: linuxImage(), initrd });
  expect(result.placements.map(({ name, pa }) => [name, pa])).toEqual([
    ["firmware", RAM],
    ["kernel Image", 0x8020_0000n],
    ["initrd", initrdAt],
    ["device tree", treeAt],
  ]);
  const chosen = nodeAt(treeOf(result), "/chosen").properties;
  expect(cells(chosen.get("linux,initrd-start"))).toEqual([0, Number(initrdAt)]);
  expect(cells(chosen.get("linux,initrd-end"))).toEqual([0, Number(initrdAt) + 1_058_607]);
});

test("the reset ROM is QEMU's, word for word", () => {
  const { rom } = plan({ firmware, kernel: linuxImage(), initrd });
  expect(romWords(rom)).toEqual([
    ...["00000297", "02828613", "f1402573", "0202b583", "0182b283", "00028067", "80000000", "00000000"],
    ...["8fe00000", "00000000", "4942534f", "00000000", "00000002", "00000000", "80200000", "00000000"],
    ...["00000001", "00000000", "00000000", "00000000", "00000000", "00000000"],
  ]);
});

test("without firmware an ELF file starts at its entry, other bytes at the start of RAM", () => {
  const elf = elfFile(RAM + 4n, [{ pa: RAM, bytes: code(0x13, 0x13) }]);
  expect(romWords(plan({ kernel: { name: "kernel", bytes: elf } }).rom)[6]).toBe("80000004");
  const raw = plan({ kernel: { name: "kernel", bytes: code(0x13) } });
  expect(raw.placements[0].pa).toBe(RAM);
  expect(romWords(raw.rom)[6]).toBe("80000000");
});

test("the device tree describes the machine as QEMU's does", () => {
  const root = treeOf(plan({ firmware, kernel: linuxImage(), append: "console=hvc0" }));
  expect(strings(root.properties.get("compatible"))).toEqual(["riscv-virtio"]);
  expect(cells(nodeAt(root, "/memory@80000000").properties.get("reg"))).toEqual([0, 0x8000_0000, 0, 256 * MIB]);
  expect(cells(nodeAt(root, "/cpus").properties.get("timebase-frequency"))).toEqual([10_000_000]);
  const cpu = nodeAt(root, "/cpus/cpu@0").properties;
  expect(strings(cpu.get("mmu-type"))).toEqual(["riscv,sv57"]);
  expect(strings(cpu.get("riscv,isa-base"))).toEqual(["rv64i"]);
  expect(strings(cpu.get("riscv,isa"))[0]).toMatch(/^rv64imafdc_zic64b_.*_sstc_.*_svpbmt$/);
  expect(strings(cpu.get("riscv,isa-extensions"))).toContain("svadu");
  for (const name of ["cbom", "cbop", "cboz"]) expect(cells(cpu.get(`riscv,${name}-block-size`))).toEqual([64]);
  const intc = cells(nodeAt(root, "/cpus/cpu@0/interrupt-controller").properties.get("phandle"))[0];
  const clint = nodeAt(root, "/soc/clint@2000000").properties;
  expect(cells(clint.get("interrupts-extended"))).toEqual([intc, 3, intc, 7]);
  const plic = nodeAt(root, "/soc/plic@c000000").properties;
  expect(cells(plic.get("interrupts-extended"))).toEqual([intc, 11, intc, 9]);
  expect(cells(plic.get("riscv,ndev"))).toEqual([95]);
  expect(cells(plic.get("#address-cells"))).toEqual([0]);
  const serial = nodeAt(root, "/soc/serial@10000000").properties;
  expect(strings(serial.get("compatible"))).toEqual(["ns16550a"]);
  expect(cells(serial.get("interrupts"))).toEqual([10]);
  expect(serial.get("interrupt-parent")).toEqual(plic.get("phandle"));
  expect(cells(serial.get("clock-frequency"))).toEqual([3_686_400]);
  for (let slot = 0; slot < 8; slot++) {
    const device = nodeAt(root, `/soc/virtio_mmio@1000${slot + 1}000`).properties;
    expect(cells(device.get("interrupts"))).toEqual([slot + 1]);
    expect(cells(device.get("reg"))).toEqual([0, 0x1000_1000 + slot * 0x1000, 0, 0x1000]);
  }
  const slots = nodeAt(root, "/soc").children.filter(({ name }) => name.startsWith("virtio"));
  expect(slots.map(({ name }) => name)).toEqual([8, 7, 6, 5, 4, 3, 2, 1].map((n) => `virtio_mmio@1000${n}000`));
  const firmwareConfiguration = nodeAt(root, "/fw-cfg@10100000").properties;
  expect(strings(firmwareConfiguration.get("compatible"))).toEqual(["qemu,fw-cfg-mmio"]);
  expect(cells(firmwareConfiguration.get("reg"))).toEqual([0, 0x1010_0000, 0, 0x18]);
  expect(firmwareConfiguration.get("dma-coherent")).toEqual(new Uint8Array(0));
  const flash = nodeAt(root, "/flash@20000000").properties;
  expect(strings(flash.get("compatible"))).toEqual(["cfi-flash"]);
  expect(cells(flash.get("bank-width"))).toEqual([4]);
  expect(cells(flash.get("reg"))).toEqual([0, 0x2000_0000, 0, 0x200_0000, 0, 0x2200_0000, 0, 0x200_0000]);
  const finisher = nodeAt(root, "/soc/test@100000").properties;
  expect(strings(finisher.get("compatible"))).toEqual(["sifive,test1", "sifive,test0", "syscon"]);
  expect(cells(nodeAt(root, "/poweroff").properties.get("value"))).toEqual([0x5555]);
  expect(cells(nodeAt(root, "/reboot").properties.get("value"))).toEqual([0x7777]);
  expect(nodeAt(root, "/poweroff").properties.get("regmap")).toEqual(finisher.get("phandle"));
  const chosen = nodeAt(root, "/chosen").properties;
  expect(strings(chosen.get("bootargs"))).toEqual(["console=hvc0"]);
  expect(strings(chosen.get("stdout-path"))).toEqual(["/soc/serial@10000000"]);
  expect(chosen.get("rng-seed")!.length).toBe(32);
  expect(chosen.has("linux,initrd-start")).toBe(false);
});

test("another program that firmware starts lies as it is where a kernel would", () => {
  const bytes = code(0x13, 0x13);
  const { placements, rom } = plan({ firmware, kernel: { name: "kernel u-boot.bin", bytes } });
  expect(placements[1]).toMatchObject({ pa: 0x8020_0000n, bytes });
  expect(romWords(rom)[14]).toBe("80200000");
});

test("what is in flash is what the firmware starts, or without firmware the hart", () => {
  const words = (request: Partial<BootRequest>) => romWords(plan({ hasFlash: true, ...request }).rom);
  expect([words({ firmware })[6], words({ firmware })[14]]).toEqual(["80000000", "20000000"]);
  expect(words({})[6]).toBe("20000000");
  expect(words({ kernel: linuxImage() })[6]).toBe("20000000");
});

test("the random seed of the device tree follows from the machine's seed", () => {
  const seedOf = (seed: bigint) => nodeAt(treeOf(plan({ seed })), "/chosen").properties.get("rng-seed");
  expect(seedOf(1n)).toEqual(seedOf(1n));
  expect(seedOf(1n)).not.toEqual(seedOf(2n));
});

test.each<[string, Partial<BootRequest>, string | RegExp]>([
  [
    "kernel larger than RAM",
    { ramBytes: 16 * MIB, firmware, kernel: linuxImage(16 * MIB, 16n << 20n) },
    "kernel Image does not fit: it needs 0x80200000 to 0x811fffff, but RAM (16 MiB) is 0x80000000 to 0x80ffffff",
  ],
  [
    "initrd that does not fit",
    {
      ramBytes: 16 * MIB,
      firmware,
      kernel: linuxImage(),
      initrd: { name: "initrd a", bytes: new Uint8Array(8 * MIB) },
    },
    "initrd a does not fit: it needs 0x80a00000 to 0x811fffff, but RAM (16 MiB) is 0x80000000 to 0x80ffffff",
  ],
  [
    "initrd over the device tree",
    {
      ramBytes: 16 * MIB,
      firmware,
      kernel: linuxImage(),
      initrd: { name: "initrd a", bytes: new Uint8Array(5 * MIB) },
    },
    /^initrd a \(0x80a00000 to 0x80efffff\) and device tree \(0x80e00000 to 0x80e0[0-9a-f]{4}\) overlap in RAM$/,
  ],
  [
    "ELF outside RAM",
    { kernel: { name: "kernel k", bytes: elfFile(0n, [{ pa: 0n, bytes: code(0x13) }]) } },
    "kernel k does not fit: it needs 0x0 to 0x3, but RAM (256 MiB) is 0x80000000 to 0x8fffffff",
  ],
  [
    "ELF kernel over the firmware",
    { firmware, kernel: { name: "kernel k", bytes: elfFile(RAM, [{ pa: RAM, bytes: code(0x13) }]) } },
    "firmware (0x80000000 to 0x80042c3f) and kernel k (0x80000000 to 0x80000003) overlap in RAM",
  ],
  [
    "something else for a kernel",
    { firmware, kernel: { name: "kernel page.html", bytes: new TextEncoder().encode("<html>") } },
    "kernel page.html: neither an ELF file nor a Linux Image for RISC-V, but text (6 bytes)",
  ],
  [
    "a packed kernel",
    { firmware, kernel: { name: "kernel Image.xz", bytes: Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4) } },
    "kernel Image.xz: neither an ELF file nor a Linux Image for RISC-V, but xz data (8 bytes)",
  ],
  [
    "truncated kernel",
    { firmware, kernel: linuxImage(100_000) },
    "kernel Image: the file has only 100000 of the 6692664 bytes that its header's image_size gives (truncated?)",
  ],
  ["initrd without kernel", { firmware, initrd }, "initrd: an initial RAM disk needs a kernel"],
  ["empty kernel", { kernel: { name: "kernel k", bytes: new Uint8Array(0) } }, "kernel k: the file is empty"],
])("%s", (_, request, message) => {
  expect(() => plan(request)).toThrow(message);
});

test.each<[string, (view: DataView) => void, string]>([
  ["big-endian", (view) => view.setBigUint64(24, 1n, true), "kernel Image: flags: this is a big-endian kernel"],
  [
    "without its first magic number",
    (view) => view.setBigUint64(48, 0n, true),
    "kernel Image: the kernel image's header has no magic number RISCV",
  ],
  [
    "that says it is smaller than its file",
    (view) => view.setBigUint64(16, 5n, true),
    "kernel Image: image_size is 5, smaller than the file's 6407848 bytes",
  ],
])("a Linux image %s", (_, change, message) => {
  const kernel = linuxImage();
  change(new DataView(kernel.bytes.buffer));
  expect(() => plan({ firmware, kernel })).toThrow(new Error(message));
});
