/**
 * What can be seen of each kind of device: its registers and the state behind them, read without a trace. The rows say which
 * member of the core's device holds a value; the core's reader is generated from them.
 */
import type { BitField } from "./register-table.ts";

/** How a value is written: "physical" is an address of the board, "ns" a time. */
export type StateFormat = "hex" | "decimal" | "physical" | "ns";

export interface StateRow {
  readonly name: string;
  /** Member of the core's device; in an array `n` is the index. It must not change the device. */
  readonly core: string;
  readonly bits: number;
  /** Of an array: how many, and whether that many for each CPU. */
  readonly count?: number;
  readonly perCpu?: boolean;
  /** "hex" if absent. */
  readonly format?: StateFormat;
  readonly fields?: readonly BitField[];
  readonly doc: string;
}

export interface DeviceState {
  /** As DeviceRow.type. */
  readonly type: string;
  readonly rows: readonly StateRow[];
}

/** A bit with a name. */
function flag(name: string, lsb: number, doc: string): BitField {
  return { name, lsb, width: 1, doc, access: "ro" };
}

function bits(
  name: string,
  lsb: number,
  width: number,
  doc: string,
  values?: Readonly<Record<number, string>>,
): BitField {
  return { name, lsb, width, doc, access: "ro", ...(values !== undefined && { values }) };
}

/** Contexts of the interrupt controller, two for each CPU: what they interrupt. */
export const PLIC_CONTEXTS = ["M-mode", "S-mode"] as const;
/** Sources 1 to 95; number 0 means "none". Each array of one bit a source has so many words. */
export const PLIC_SOURCES = 96;
export const PLIC_WORDS = PLIC_SOURCES / 32;

/** Bits of the sources, by what a set one says. */
function perSource(name: string, method: string, meaning: string): StateRow {
  return { name, core: `${method}(n)`, bits: 32, count: PLIC_WORDS, doc: `A bit for each source: ${meaning}` };
}

const plic: DeviceState = {
  type: "plic",
  rows: [
    {
      name: "priority",
      core: "priorityOf(n)",
      bits: 3,
      count: PLIC_SOURCES,
      format: "decimal",
      doc: "Priority of source n, 0: never",
    },
    perSource("line", "linesOf", "its device asks for an interrupt"),
    perSource("pending", "pendingOf", "the request waits to be claimed"),
    perSource("claimed", "claimedOf", "claimed, and not yet completed"),
    {
      name: "enable",
      core: "enabledOf(n)",
      bits: 32,
      count: 2 * PLIC_WORDS,
      perCpu: true,
      doc: "Of each context, a bit for each source",
    },
    {
      name: "threshold",
      core: "thresholdOf(n)",
      bits: 3,
      count: 2,
      perCpu: true,
      format: "decimal",
      doc: "Of each context: only higher priorities interrupt",
    },
  ],
};

const aclint: DeviceState = {
  type: "aclint",
  rows: [
    { name: "mtime", core: "mtime()", bits: 64, format: "decimal", doc: "Time in ticks of the timebase" },
    {
      name: "mtimecmp",
      core: "mtimecmp(n)",
      bits: 64,
      count: 1,
      perCpu: true,
      doc: "The timer interrupt of CPU n is pending while mtime >= mtimecmp",
    },
    {
      name: "msip",
      core: "msip(n)",
      bits: 1,
      count: 1,
      perCpu: true,
      format: "decimal",
      doc: "Software interrupt of CPU n",
    },
  ],
};

const rtc: DeviceState = {
  type: "rtc-goldfish",
  rows: [
    { name: "TIME", core: "time()", bits: 64, format: "decimal", doc: "ns since 1970" },
    { name: "ALARM", core: "alarm", bits: 64, format: "decimal", doc: "Time of the alarm" },
    { name: "ALARM_STATUS", core: "armed", bits: 1, format: "decimal", doc: "1 while the alarm is armed" },
    { name: "IRQ_ENABLED", core: "enabled", bits: 1, format: "decimal", doc: "1: the alarm raises the interrupt" },
    {
      name: "interrupt",
      core: "pending",
      bits: 1,
      format: "decimal",
      doc: "The alarm has gone off, and nobody has cleared it",
    },
  ],
};

/** National Semiconductor PC16550D data sheet. */
const uart: DeviceState = {
  type: "uart16550",
  rows: [
    {
      name: "IER",
      core: "ier",
      bits: 8,
      fields: [
        flag("ERBFI", 0, "interrupt when data are received"),
        flag("ETBEI", 1, "interrupt when the transmitter is empty"),
        flag("ELSI", 2, "interrupt at a line error"),
        flag("EDSSI", 3, "interrupt at a change of the modem's lines"),
      ],
      doc: "Interrupt enable",
    },
    {
      name: "IIR",
      core: "cause()",
      bits: 8,
      fields: [
        bits("cause", 0, 4, "the interrupt of the highest priority", {
          1: "none",
          2: "transmitter empty",
          4: "data received",
          6: "line error",
          12: "data wait below the trigger level",
        }),
      ],
      doc: "Interrupt identification (reading it here clears nothing)",
    },
    {
      name: "FCR",
      core: "fcr",
      bits: 8,
      fields: [
        flag("FIFO", 0, "FIFOs on"),
        flag("DMA", 3, "DMA mode"),
        bits("trigger", 6, 2, "bytes that raise the interrupt", { 0: "1", 1: "4", 2: "8", 3: "14" }),
      ],
      doc: "FIFO control",
    },
    {
      name: "LCR",
      core: "lcr",
      bits: 8,
      fields: [
        bits("WLS", 0, 2, "word length", { 0: "5 bits", 1: "6 bits", 2: "7 bits", 3: "8 bits" }),
        flag("STB", 2, "more than one stop bit"),
        flag("PEN", 3, "parity"),
        flag("EPS", 4, "even parity"),
        flag("SP", 5, "stick parity"),
        flag("BC", 6, "break"),
        flag("DLAB", 7, "the divisor is in the place of data and IER"),
      ],
      doc: "Line control",
    },
    {
      name: "MCR",
      core: "mcr",
      bits: 8,
      fields: [
        flag("DTR", 0, "data terminal ready"),
        flag("RTS", 1, "request to send"),
        flag("OUT1", 2, "output 1"),
        flag("OUT2", 3, "output 2"),
        flag("LOOP", 4, "output comes back as input"),
      ],
      doc: "Modem control",
    },
    {
      name: "LSR",
      core: "lineStatus()",
      bits: 8,
      fields: [
        flag("DR", 0, "data can be read"),
        flag("OE", 1, "data were lost"),
        flag("THRE", 5, "the next byte can be written"),
        flag("TEMT", 6, "all has been sent"),
      ],
      doc: "Line status (reading it here clears nothing)",
    },
    {
      name: "MSR",
      core: "modemStatus()",
      bits: 8,
      fields: [
        flag("CTS", 4, "clear to send"),
        flag("DSR", 5, "data set ready"),
        flag("RI", 6, "ring"),
        flag("DCD", 7, "carrier"),
      ],
      doc: "Modem status",
    },
    { name: "SCR", core: "scr", bits: 8, doc: "Scratch" },
    { name: "divisor", core: "divisor", bits: 16, format: "decimal", doc: "Divisor latch (DLL and DLM)" },
    {
      name: "looped",
      core: "looped",
      bits: 8,
      format: "decimal",
      doc: "Bytes of looped-back output that wait to be read",
    },
  ],
};

/** What a virtio device is (virtio 1.2, chapter 5). */
export const VIRTIO_KINDS: Readonly<Record<number, string>> = {
  0: "Empty slot",
  1: "Network",
  2: "Disk",
  3: "Console",
  4: "Entropy",
  9: "Shared folder",
  16: "Screen",
  18: "Input",
};

/** Queues that a slot has at most: a console with eight ports. */
const VIRTIO_QUEUES = 18;

/** A member of each queue. */
function perQueue(name: string, member: string, width: number, format: StateFormat, doc: string): StateRow {
  return { name, core: `queue(n).${member}`, bits: width, count: VIRTIO_QUEUES, format, doc };
}

/** virtio 1.2, chapter 2 and 4.2.2. */
const virtio: DeviceState = {
  type: "virtio/mmio",
  rows: [
    {
      name: "DeviceID",
      core: "kind",
      bits: 32,
      format: "decimal",
      fields: [bits("kind", 0, 32, "kind of the device", VIRTIO_KINDS)],
      doc: "What stands in the slot",
    },
    {
      name: "Status",
      core: "status",
      bits: 8,
      fields: [
        flag("ACKNOWLEDGE", 0, "the driver has seen the device"),
        flag("DRIVER", 1, "and knows how to drive it"),
        flag("DRIVER_OK", 2, "and is ready"),
        flag("FEATURES_OK", 3, "features are agreed on"),
        flag("NEEDS_RESET", 6, "the driver has broken the rules: the device stands still"),
        flag("FAILED", 7, "the driver has given up"),
      ],
      doc: "Steps of the driver's start",
    },
    {
      name: "InterruptStatus",
      core: "interruptStatus",
      bits: 32,
      fields: [flag("used", 0, "buffers have been used"), flag("config", 1, "the configuration has changed")],
      doc: "Why the device interrupts; acknowledged by the driver",
    },
    { name: "DeviceFeatures", core: "offered()", bits: 64, doc: "Features that the device offers" },
    {
      name: "DriverFeatures",
      core: "driverFeatures",
      bits: 64,
      fields: [
        bits("device", 0, 24, "features of this kind of device"),
        flag("INDIRECT_DESC", 28, "tables of descriptors within descriptors"),
        flag("EVENT_IDX", 29, "interrupts and notifications by index"),
        flag("VERSION_1", 32, "virtio 1"),
      ],
      doc: "Features that the driver has accepted",
    },
    {
      name: "QueueSel",
      core: "queueSelect",
      bits: 32,
      format: "decimal",
      doc: "Queue that the driver's next accesses are about",
    },
    {
      name: "ConfigGeneration",
      core: "generation",
      bits: 32,
      format: "decimal",
      doc: "Changes with the configuration",
    },
    perQueue("QueueNum", "size", 32, "decimal", "Descriptors of queue n"),
    perQueue("QueueReady", "ready", 1, "decimal", "1: the device may use queue n"),
    perQueue("QueueDesc", "descriptors", 64, "physical", "Descriptor table of queue n"),
    perQueue("QueueDriver", "driver", 64, "physical", "Available ring of queue n"),
    perQueue("QueueDevice", "device", 64, "physical", "Used ring of queue n"),
    perQueue("taken", "taken", 16, "decimal", "Index of the next available entry that the device takes"),
    perQueue("used", "used", 16, "decimal", "Index of the next used entry that the device fills"),
  ],
};

const FLASH_BANKS = 2;

const pflash: DeviceState = {
  type: "pflash",
  rows: [
    {
      name: "content",
      core: "bank(n).present",
      bits: 1,
      count: FLASH_BANKS,
      doc: "1: bank n has content; 0: it reads as zeros",
    },
    {
      name: "read-only",
      core: "bank(n).readOnly",
      bits: 1,
      count: FLASH_BANKS,
      doc: "1: bank n can be neither erased nor programmed",
    },
    {
      name: "mode",
      core: "bank(n).shows",
      bits: 2,
      count: FLASH_BANKS,
      fields: [bits("mode", 0, 2, "what reads answer", { 0: "content", 1: "status", 2: "identity", 3: "query" })],
      doc: "What reads of bank n answer",
    },
    {
      name: "status",
      core: "bank(n).status",
      bits: 8,
      count: FLASH_BANKS,
      fields: [
        flag("ready", 7, "no operation is under way"),
        flag("erase error", 5, "an erase has failed"),
        flag("program error", 4, "programming has failed"),
        flag("locked", 1, "it failed because the sector is protected"),
      ],
      doc: "Status register of bank n's chips",
    },
  ],
};

const fwCfg: DeviceState = {
  type: "fw-cfg",
  rows: [
    { name: "Selector", core: "selected", bits: 16, doc: "Number of the item that is read" },
    { name: "offset", core: "offset", bits: 32, format: "decimal", doc: "Bytes of it that have been read" },
    {
      name: "DMA address",
      core: "dma",
      bits: 64,
      format: "physical",
      doc: "High half of an address, until the low half follows",
    },
  ],
};

/** By type. A device whose type has no row here has nothing to show but its registers' names. */
export const DEVICE_STATES: readonly DeviceState[] = [plic, aclint, rtc, uart, virtio, pflash, fwCfg];

export function stateRows(type: string): readonly StateRow[] {
  return DEVICE_STATES.find((state) => state.type === type)?.rows ?? [];
}

/** How many values a row has on a machine of so many CPUs. */
export function valueCount({ count = 1, perCpu = false }: StateRow, cpus: number): number {
  return perCpu ? count * cpus : count;
}
