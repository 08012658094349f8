/** The form of a board table: what answers at which guest physical address, from which come bus, device tree and panels. */

/** A register of a device, for people: the core's device decides what it really does. */
export interface DeviceRegister {
  readonly name: string;
  /** Bytes from the device's base. */
  readonly offset: number;
  /** Width in bytes. */
  readonly size: number;
  /** For arrays: how many, and bytes from one to the next. */
  readonly count?: number;
  readonly stride?: number;
  readonly access: "r" | "w" | "rw";
  readonly doc: string;
}

/** A part of a device's range that answers. Outside of all windows, or with another access size, the CPU takes an access fault. */
export interface AccessWindow {
  /** Bytes from the device's base. */
  readonly offset: number;
  readonly bytes: number;
  /** Smallest and largest access in bytes (powers of two; accesses are always naturally aligned). */
  readonly min: number;
  readonly max: number;
}

/** Value of a device-tree property: a 32-bit cell, cells, a string, strings, or true for a property without value. */
export type TreeValue = number | readonly number[] | string | readonly string[] | true;

/** The part of a device's device-tree node that the columns of the row do not already say. */
export interface DeviceTreeNode {
  /** Node name without unit address. */
  readonly name: string;
  readonly compatible: readonly string[];
  readonly properties?: Readonly<Record<string, TreeValue>>;
  /** true: the node stands at the root and not under the bus. */
  readonly atRoot?: true;
  /** true: other nodes refer to this one (it gets a phandle). */
  readonly referred?: boolean;
  /**
   * Interrupt inputs of each CPU that the device drives, in the order of `interrupts-extended`
   * (numbers of the CPU's own interrupt controller).
   */
  readonly cpuInterrupts?: readonly number[];
}

/** Values that, written to a register of this device, do what a generic system-controller node names. */
export interface SystemControl {
  readonly offset: number;
  readonly poweroff: number;
  readonly reboot: number;
}

export interface DeviceRow {
  /** Unique on its board. */
  readonly name: string;
  /** Which device: the file under wasm-core/devices without extension. */
  readonly type: string;
  /** What it is, in a few words. */
  readonly title: string;
  readonly base: number;
  /** Bytes, as the device tree tells; what of it answers say the windows. */
  readonly size: number;
  /** Input of the board's interrupt controller. */
  readonly irq?: number;
  readonly windows: readonly AccessWindow[];
  readonly tree: DeviceTreeNode;
  readonly systemControl?: SystemControl;
  readonly registers: readonly DeviceRegister[];
}

/** Plain memory of the board. */
export interface MemoryRow {
  readonly name: string;
  readonly base: number;
  /** Bytes; absent: the size is an option of the machine. */
  readonly size?: number;
}

export interface Board {
  readonly name: string;
  /** Properties of the device tree's root. */
  readonly model: string;
  readonly compatible: readonly string[];
  /** Ticks of the guest's time counter per second. */
  readonly timebaseHz: number;
  readonly ram: MemoryRow;
  readonly rom: MemoryRow;
  /** Name of the device to which the others' irq lines lead. */
  readonly interruptController: string;
  /** Name of the device that is the first serial port. */
  readonly console: string;
  /** Ordered as in the device area of the core: appending keeps snapshots readable. */
  readonly devices: readonly DeviceRow[];
}

/** Bytes that answer, from the base on: as far as the last window reaches. */
export function decodedBytes(device: DeviceRow): number {
  return Math.max(...device.windows.map((window) => window.offset + window.bytes));
}

/** The device whose range holds guest physical address `pa`, or undefined. */
export function deviceAt(board: Board, pa: number): DeviceRow | undefined {
  return board.devices.find((device) => pa >= device.base && pa < device.base + device.size);
}
