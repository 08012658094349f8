/** Lays out memory for the start of a `virt` board: firmware, kernel, initial RAM disk and device tree where QEMU puts them. */
import { virtBoard } from "../../spec/riscv64/virt-board.ts";
import { CACHE_BLOCK_BYTES, ISA_BASE, ISA_EXTENSIONS, isaString, MMU_TYPE } from "../../spec/riscv64/isa-extensions.ts";
import { boardDeviceTree } from "../board-tree.ts";
import { checkDeviceTree, type DeviceNode, flattenDeviceTree } from "../device-tree.ts";
import { type ElfFile, type ElfKind, isElf, parseElf } from "../elf-loader.ts";
import type { LoadedImage } from "../images.ts";
import { alignDown, alignUp, checkPlacements, type Placement } from "../placement.ts";
import { randomBytes } from "../random-bytes.ts";
import type { BootPlan, BootRequest } from "../target.ts";
import { isLinuxImage, readLinuxImage } from "./linux-image.ts";
import { resetRom } from "./reset-rom.ts";

const ELF_KIND: ElfKind = { machine: 243, machineName: "EM_RISCV" };
const RAM_START = BigInt(virtBoard.ram.base);
export const FLASH_START = BigInt(virtBoard.devices.find(({ name }) => name === "flash")!.base);
/** Boundary on which kernel and device tree lie (QEMU's choice, and the kernel's demand for its own mapping). */
const LARGE_PAGE = 2n << 20n;
/** QEMU puts the initial RAM disk half of RAM behind the kernel, but at most so far. */
const INITRD_DISTANCE = 512n << 20n;
const RANDOM_SEED_BYTES = 32;

interface PlacedProgram {
  readonly placements: readonly Placement[];
  readonly start: bigint;
  /** Address behind the last byte that the program needs. */
  readonly end: bigint;
  readonly elf: ElfFile | null;
}

export function planVirtBoot(request: BootRequest): BootPlan {
  const ram = { start: RAM_START, bytes: BigInt(request.ramBytes) };
  const firmware = request.firmware && placeProgram(request.firmware, RAM_START);
  const kernelBase = firmware ? alignUp(firmware.end, LARGE_PAGE) : RAM_START;
  const kernel = request.kernel && placeKernel(request.kernel, kernelBase, firmware !== null);
  const initrd = request.initrd && placeInitrd(request.initrd, kernel, ram.bytes);
  const tree = request.deviceTree ? checkDeviceTree(request.deviceTree) : describe(request, initrd);
  const treePlace: Placement = {
    name: "device tree",
    pa: alignDown(ram.start + ram.bytes - BigInt(tree.length), LARGE_PAGE),
    bytes: tree,
    memoryBytes: BigInt(tree.length),
  };
  const placements = [
    ...(firmware?.placements ?? []),
    ...(kernel?.placements ?? []),
    ...(initrd ? [initrd] : []),
    treePlace,
  ];
  checkPlacements(placements, ram);
  // As QEMU: with firmware the flash holds what that starts, without firmware it is where the hart starts.
  const start = firmware?.start ?? (request.hasFlash ? FLASH_START : (kernel?.start ?? RAM_START));
  // QEMU tells the firmware the lowest address of an ELF kernel, not its entry; without a kernel, 0.
  const next = kernel?.placements[0]?.pa ?? (request.hasFlash ? FLASH_START : 0n);
  return {
    rom: resetRom(start, treePlace.pa, next),
    placements,
    deviceTree: treePlace,
    htifAddress: kernel?.elf?.symbols.get("tohost") ?? firmware?.elf?.symbols.get("tohost") ?? null,
  };
}

/** An ELF file at its own addresses, anything else as it is at `base`. */
function placeProgram(image: LoadedImage, base: bigint): PlacedProgram {
  if (!isElf(image.bytes)) {
    const memoryBytes = BigInt(image.bytes.length);
    if (memoryBytes === 0n) throw new Error(`${image.name}: the file is empty`);
    return {
      placements: [{ name: image.name, pa: base, bytes: image.bytes, memoryBytes }],
      start: base,
      end: base + memoryBytes,
      elf: null,
    };
  }
  const elf = parseElf(image, ELF_KIND);
  const last = elf.segments[elf.segments.length - 1]!;
  return {
    placements: elf.segments.map(({ pa, bytes, memoryBytes }) => ({ name: image.name, pa, bytes, memoryBytes })),
    // An entry in no segment is a virtual address that paging has yet to map: QEMU starts at the lowest address, too.
    start: elf.entry ?? elf.segments[0]!.pa,
    end: last.pa + last.memoryBytes,
    elf,
  };
}

/** Files that are no program, by their first bytes: what people take for a kernel by mistake. */
const NO_PROGRAMS: readonly (readonly [string, readonly number[]])[] = [
  ["xz data", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["Zstandard data", [0x28, 0xb5, 0x2f, 0xfd]],
  ["bzip2 data", [0x42, 0x5a, 0x68]],
  ["LZ4 data", [0x04, 0x22, 0x4d, 0x18]],
  ["LZ4 data", [0x02, 0x21, 0x4c, 0x18]],
  ["a ZIP archive", [0x50, 0x4b, 0x03, 0x04]],
  ["a cpio archive", [0x30, 0x37, 0x30, 0x37, 0x30]],
  ["an EFI program for another machine", [0x4d, 0x5a]],
];
/** Text has no zero byte; code has one soon. */
const CODE_BYTES = 4096;

/** What a file is that cannot be a program, or null. */
function noProgram(bytes: Uint8Array): string | null {
  const known = NO_PROGRAMS.find(([, magic]) => magic.every((byte, n) => bytes[n] === byte));
  if (known) return known[0];
  return bytes.subarray(0, CODE_BYTES).includes(0) ? null : "text";
}

/** A kernel that firmware starts: an ELF file, a Linux image, or another program, as it is; without firmware any bytes will do. */
function placeKernel(image: LoadedImage, base: bigint, hasFirmware: boolean): PlacedProgram {
  const placed = placeProgram(image, base);
  if (placed.elf) return placed;
  if (!isLinuxImage(image.bytes)) {
    const stranger = hasFirmware ? noProgram(image.bytes) : null;
    if (stranger === null) return placed;
    const { length } = image.bytes;
    throw new Error(
      `${image.name}: neither an ELF file nor a Linux Image for RISC-V, but ${stranger} (${length} bytes)`,
    );
  }
  const { textOffset, imageSize } = readLinuxImage(image);
  const offset = hasFirmware ? 0n : textOffset % LARGE_PAGE;
  const [only] = placed.placements;
  return {
    ...placed,
    placements: [{ ...only!, pa: base + offset, memoryBytes: imageSize }],
    start: base + offset,
    end: base + offset + imageSize,
  };
}

function placeInitrd(image: LoadedImage, kernel: PlacedProgram | null, ramBytes: bigint): Placement {
  if (kernel === null) throw new Error(`${image.name}: an initial RAM disk needs a kernel`);
  const half = ramBytes / 2n;
  const pa = kernel.placements[0]!.pa + (half < INITRD_DISTANCE ? half : INITRD_DISTANCE);
  const memoryBytes = BigInt(image.bytes.length);
  return {
    name: image.name,
    pa: pa < kernel.end ? alignUp(kernel.end, LARGE_PAGE) : pa,
    bytes: image.bytes,
    memoryBytes,
  };
}

function describe(request: BootRequest, initrd: Placement | null): Uint8Array {
  // Two phandles per CPU: the CPU itself, and its interrupt controller.
  const controllers = Array.from({ length: request.cpuCount }, (_, cpu) => cpu * 2 + 2);
  const root = boardDeviceTree(virtBoard, {
    ramBytes: BigInt(request.ramBytes),
    cpus: controllers.map((controller, cpu) => cpuNode(cpu, controller - 1, controller)),
    cpuInterruptControllers: controllers,
    firstPhandle: request.cpuCount * 2 + 1,
    bootArguments: request.append,
    initrd: initrd && { start: initrd.pa, end: initrd.pa + initrd.memoryBytes },
    randomSeed: randomBytes(request.seed, RANDOM_SEED_BYTES),
  });
  return flattenDeviceTree(root);
}

function cpuNode(cpu: number, phandle: number, interruptController: number): DeviceNode {
  return {
    name: `cpu@${cpu.toString(16)}`,
    properties: {
      device_type: "cpu",
      reg: cpu,
      status: "okay",
      compatible: "riscv",
      phandle,
      "riscv,isa-base": ISA_BASE,
      "riscv,isa-extensions": ISA_EXTENSIONS,
      "riscv,isa": isaString(),
      "riscv,cbom-block-size": CACHE_BLOCK_BYTES,
      "riscv,cbop-block-size": CACHE_BLOCK_BYTES,
      "riscv,cboz-block-size": CACHE_BLOCK_BYTES,
      "mmu-type": MMU_TYPE,
    },
    children: [
      {
        name: "interrupt-controller",
        properties: {
          "#interrupt-cells": 1,
          "interrupt-controller": true,
          compatible: "riscv,cpu-intc",
          phandle: interruptController,
        },
      },
    ],
  };
}
