/** The board: QEMU's `virt` (10.0) as far as addresses, sizes and interrupt numbers go, so that images for it run unmodified. */
import type { Board, DeviceRegister, DeviceRow } from "../memory-map.ts";

/** Inputs of the interrupt controller, 0 (which means "none") not counted. */
const INTERRUPT_SOURCES = 95;
/** Interrupt numbers of the hart's own controller: bits of mip (privileged manual, 3.1.9). */
const MSIP = 3;
const MTIP = 7;
const SEIP = 9;
const MEIP = 11;

const VIRTIO_SLOTS = 8;

function register(
  name: string,
  offset: number,
  size: number,
  access: "r" | "w" | "rw",
  doc: string,
  count?: number,
  stride?: number,
): DeviceRegister {
  return count === undefined || stride === undefined
    ? { name, offset, size, access, doc }
    : { name, offset, size, access, doc, count, stride };
}

/** SiFive test finisher: FU540 style "test" device as QEMU's sifive_test. */
const test: DeviceRow = {
  name: "test",
  type: "sifive-test",
  title: "Test finisher: power off, reset",
  base: 0x10_0000,
  size: 0x1000,
  windows: [{ offset: 0, bytes: 0x1000, min: 2, max: 4 }],
  tree: { name: "test", compatible: ["sifive,test1", "sifive,test0", "syscon"], referred: true },
  systemControl: { offset: 0, poweroff: 0x5555, reboot: 0x7777 },
  registers: [register("FINISH", 0x00, 4, "w", "0x5555 pass, 0x3333 | code << 16 fail, 0x7777 reset")],
};

/** Android goldfish real-time clock. */
const rtc: DeviceRow = {
  name: "rtc",
  type: "rtc-goldfish",
  title: "Real-time clock with alarm",
  base: 0x10_1000,
  size: 0x1000,
  irq: 11,
  windows: [{ offset: 0, bytes: 0x24, min: 4, max: 4 }],
  tree: { name: "rtc", compatible: ["google,goldfish-rtc"] },
  registers: [
    register("TIME_LOW", 0x00, 4, "rw", "Low half of the time in ns since 1970; reading latches the high half"),
    register("TIME_HIGH", 0x04, 4, "rw", "High half of the time, as of the last read of TIME_LOW"),
    register("ALARM_LOW", 0x08, 4, "rw", "Low half of the alarm time; writing arms the alarm"),
    register("ALARM_HIGH", 0x0c, 4, "rw", "High half of the alarm time, written first"),
    register("IRQ_ENABLED", 0x10, 4, "rw", "1: the alarm raises the interrupt"),
    register("CLEAR_ALARM", 0x14, 4, "w", "Any value disarms the alarm"),
    register("ALARM_STATUS", 0x18, 4, "r", "1 while the alarm is armed"),
    register("CLEAR_INTERRUPT", 0x1c, 4, "w", "Any value takes the interrupt back"),
  ],
};

/** Core-local interruptor: the SiFive CLINT layout, which ACLINT's MSWI and MTIMER devices keep. */
const clint: DeviceRow = {
  name: "clint",
  type: "aclint",
  title: "Software and timer interrupts of each hart",
  base: 0x200_0000,
  size: 0x1_0000,
  windows: [
    { offset: 0, bytes: 0x4000, min: 4, max: 4 },
    { offset: 0x4000, bytes: 0x8000, min: 4, max: 8 },
  ],
  tree: { name: "clint", compatible: ["sifive,clint0", "riscv,clint0"], cpuInterrupts: [MSIP, MTIP] },
  registers: [
    register("msip", 0x0000, 4, "rw", "Bit 0: machine software interrupt of the hart", 8, 4),
    register("mtimecmp", 0x4000, 8, "rw", "The hart's timer interrupt is pending while mtime >= mtimecmp", 8, 8),
    register("mtime", 0xbff8, 8, "rw", "Time in ticks of the timebase"),
  ],
};

/** Platform-level interrupt controller (RISC-V PLIC specification 1.0.0). */
const plic: DeviceRow = {
  name: "plic",
  type: "plic",
  title: "Interrupt controller",
  base: 0xc00_0000,
  size: 0x60_0000,
  windows: [{ offset: 0, bytes: 0x60_0000, min: 4, max: 4 }],
  tree: {
    name: "plic",
    compatible: ["sifive,plic-1.0.0", "riscv,plic0"],
    properties: {
      "riscv,ndev": INTERRUPT_SOURCES,
      "interrupt-controller": true,
      "#interrupt-cells": 1,
      "#address-cells": 0,
    },
    referred: true,
    cpuInterrupts: [MEIP, SEIP],
  },
  registers: [
    register("priority", 0x00_0000, 4, "rw", "Priority of source n, 0 (never) to 7", INTERRUPT_SOURCES + 1, 4),
    register("pending", 0x00_1000, 4, "r", "One bit per source", 3, 4),
    register(
      "enable M",
      0x00_2000,
      4,
      "rw",
      "Sources 0 to 31 enabled for machine mode of hart n; two more words follow",
      8,
      0x100,
    ),
    register(
      "enable S",
      0x00_2080,
      4,
      "rw",
      "Sources 0 to 31 enabled for supervisor mode of hart n; two more words follow",
      8,
      0x100,
    ),
    register("threshold M", 0x20_0000, 4, "rw", "Only priorities above it interrupt machine mode of hart n", 8, 0x2000),
    register("claim M", 0x20_0004, 4, "rw", "Read: claim the best pending source; write: it is complete", 8, 0x2000),
    register(
      "threshold S",
      0x20_1000,
      4,
      "rw",
      "Only priorities above it interrupt supervisor mode of hart n",
      8,
      0x2000,
    ),
    register("claim S", 0x20_1004, 4, "rw", "Read: claim the best pending source; write: it is complete", 8, 0x2000),
  ],
};

/** National Semiconductor 16550A. QEMU maps its 8 registers only, though the tree says 0x100. */
const uart0: DeviceRow = {
  name: "uart0",
  type: "uart16550",
  title: "Serial port",
  base: 0x1000_0000,
  size: 0x100,
  irq: 10,
  windows: [{ offset: 0, bytes: 8, min: 1, max: 8 }],
  tree: { name: "serial", compatible: ["ns16550a"], properties: { "clock-frequency": 3_686_400 } },
  registers: [
    register("RBR/THR/DLL", 0, 1, "rw", "Receive, transmit; divisor latch low when LCR.DLAB"),
    register("IER/DLM", 1, 1, "rw", "Interrupt enable; divisor latch high when LCR.DLAB"),
    register("IIR/FCR", 2, 1, "rw", "Read: interrupt identification; write: FIFO control"),
    register("LCR", 3, 1, "rw", "Line control"),
    register("MCR", 4, 1, "rw", "Modem control"),
    register("LSR", 5, 1, "r", "Line status"),
    register("MSR", 6, 1, "r", "Modem status"),
    register("SCR", 7, 1, "rw", "Scratch"),
  ],
};

/** Registers of a virtio-mmio transport, version 2 (virtio 1.2, 4.2.2). */
const VIRTIO_REGISTERS: readonly DeviceRegister[] = [
  register("MagicValue", 0x000, 4, "r", '0x74726976: "virt"'),
  register("Version", 0x004, 4, "r", "2"),
  register("DeviceID", 0x008, 4, "r", "0 none, 2 block, 3 console, 4 entropy, 9 shared folder, 16 GPU, 18 input"),
  register("VendorID", 0x00c, 4, "r", '"QEMU", which some drivers insist on'),
  register("DeviceFeatures", 0x010, 4, "r", "32 feature bits that the device offers, chosen by DeviceFeaturesSel"),
  register("DeviceFeaturesSel", 0x014, 4, "w", "Which 32 bits DeviceFeatures shows"),
  register("DriverFeatures", 0x020, 4, "w", "32 feature bits that the driver accepts"),
  register("DriverFeaturesSel", 0x024, 4, "w", "Which 32 bits DriverFeatures sets"),
  register("QueueSel", 0x030, 4, "w", "Queue that the next registers are about"),
  register("QueueNumMax", 0x034, 4, "r", "Largest size of the queue, 0: no such queue"),
  register("QueueNum", 0x038, 4, "w", "Size that the driver uses"),
  register("QueueReady", 0x044, 4, "rw", "1: the device may use the queue"),
  register("QueueNotify", 0x050, 4, "w", "Number of a queue with new buffers"),
  register("InterruptStatus", 0x060, 4, "r", "Bit 0: buffers used; bit 1: configuration changed"),
  register("InterruptACK", 0x064, 4, "w", "Bits of InterruptStatus that are handled"),
  register("Status", 0x070, 4, "rw", "Steps of the driver's start; 0 resets"),
  register("QueueDesc", 0x080, 8, "w", "Address of the descriptor table (two 32-bit halves)"),
  register("QueueDriver", 0x090, 8, "w", "Address of the available ring (two 32-bit halves)"),
  register("QueueDevice", 0x0a0, 8, "w", "Address of the used ring (two 32-bit halves)"),
  register("SHMLen", 0x0b0, 8, "r", "All ones: no shared memory"),
  register("SHMBase", 0x0b8, 8, "r", "All ones: no shared memory"),
  register("ConfigGeneration", 0x0fc, 4, "r", "Changes whenever the configuration does"),
  register("Config", 0x100, 1, "rw", "Configuration of the device", 0x100, 1),
];

function virtioSlot(slot: number): DeviceRow {
  return {
    name: `virtio${slot}`,
    type: "virtio/mmio",
    title: `Virtio slot ${slot}`,
    base: 0x1000_1000 + slot * 0x1000,
    size: 0x1000,
    irq: 1 + slot,
    windows: [{ offset: 0, bytes: 0x200, min: 1, max: 8 }],
    tree: { name: "virtio_mmio", compatible: ["virtio,mmio"] },
    registers: VIRTIO_REGISTERS,
  };
}

/** QEMU's firmware configuration. */
const fwCfg: DeviceRow = {
  name: "fwCfg",
  type: "fw-cfg",
  title: "Firmware configuration",
  base: 0x1010_0000,
  size: 0x18,
  windows: [
    { offset: 0x00, bytes: 8, min: 1, max: 8 },
    { offset: 0x08, bytes: 2, min: 2, max: 2 },
    { offset: 0x10, bytes: 8, min: 4, max: 8 },
  ],
  tree: { name: "fw-cfg", compatible: ["qemu,fw-cfg-mmio"], properties: { "dma-coherent": true }, atRoot: true },
  registers: [
    register("Data", 0x00, 8, "r", "The next bytes of the selected item, in order"),
    register("Selector", 0x08, 2, "w", "Number of an item, big-endian"),
    register("DMA address", 0x10, 8, "rw", "Read: QEMU CFG; write: address of a transfer's description, big-endian"),
  ],
};

const FLASH_BASE = 0x2000_0000;
const FLASH_BANK = 0x200_0000;

/** Two banks of flash, for firmware and for what it keeps. */
const flash: DeviceRow = {
  name: "flash",
  type: "pflash",
  title: "Flash: two banks of 32 MiB",
  base: FLASH_BASE,
  size: 2 * FLASH_BANK,
  windows: [{ offset: 0, bytes: 2 * FLASH_BANK, min: 1, max: 8 }],
  tree: {
    name: "flash",
    compatible: ["cfi-flash"],
    properties: { "bank-width": 4, reg: [0, FLASH_BASE, 0, FLASH_BANK, 0, FLASH_BASE + FLASH_BANK, 0, FLASH_BANK] },
    atRoot: true,
  },
  registers: [
    register(
      "Bank",
      0,
      4,
      "rw",
      "Reads show the content; writes are commands (Intel's set), after which reads answer",
      2,
      FLASH_BANK,
    ),
  ],
};

export const virtBoard: Board = {
  name: "virt",
  model: "riscv-virtio,qemu",
  compatible: ["riscv-virtio"],
  timebaseHz: 10_000_000,
  ram: { name: "ram", base: 0x8000_0000 },
  rom: { name: "mrom", base: 0x1000, size: 0xf000 },
  interruptController: "plic",
  console: "uart0",
  devices: [
    ...[test, rtc, clint, plic, uart0],
    ...Array.from({ length: VIRTIO_SLOTS }, (_, slot) => virtioSlot(slot)),
    ...[fwCfg, flash],
  ],
};
