/** Makes the device tree of a board from its table: the target adds only what describes its CPUs. */
import type { Board, DeviceRow, TreeValue } from "../spec/memory-map.ts";
import type { DeviceNode, PropertyValue } from "./device-tree.ts";

export interface BoardTreeOptions {
  readonly ramBytes: bigint;
  /** Nodes cpu@0, cpu@1, …, each with a child that is the CPU's own interrupt controller. */
  readonly cpus: readonly DeviceNode[];
  /** Phandles of these interrupt controllers. */
  readonly cpuInterruptControllers: readonly number[];
  /** First phandle that is free. */
  readonly firstPhandle: number;
  readonly bootArguments: string;
  /** Guest physical addresses of the first byte and of the byte behind the last; null: no initial RAM disk. */
  readonly initrd: { readonly start: bigint; readonly end: bigint } | null;
  readonly randomSeed: Uint8Array;
}

export function boardDeviceTree(board: Board, options: BoardTreeOptions): DeviceNode {
  const phandles = new Map<string, number>();
  const referred = board.devices.filter(({ name, tree }) => tree.referred || name === board.interruptController);
  referred.forEach(({ name }, i) => {
    phandles.set(name, options.firstPhandle + i);
  });
  const consoleDevice = board.devices.find(({ name }) => name === board.console);
  if (consoleDevice === undefined) throw new Error(`board ${board.name} has no device ${board.console}`);
  const consolePath = `/soc/${nodeName(consoleDevice)}`;
  const { initrd } = options;
  const ramBase = BigInt(board.ram.base);
  const nodeOf = (device: DeviceRow) => deviceNode(device, board, phandles, options.cpuInterruptControllers);
  return {
    name: "",
    properties: {
      "#address-cells": 2,
      "#size-cells": 2,
      compatible: board.compatible,
      model: board.model,
    },
    children: [
      {
        name: "chosen",
        properties: {
          bootargs: options.bootArguments,
          "stdout-path": consolePath,
          "rng-seed": options.randomSeed,
          ...(initrd && { "linux,initrd-start": initrd.start, "linux,initrd-end": initrd.end }),
        },
      },
      { name: "aliases", properties: { serial0: consolePath } },
      {
        name: `memory@${ramBase.toString(16)}`,
        properties: { device_type: "memory", reg: [ramBase, options.ramBytes] },
      },
      {
        name: "cpus",
        properties: { "#address-cells": 1, "#size-cells": 0, "timebase-frequency": board.timebaseHz },
        children: options.cpus,
      },
      ...board.devices.flatMap((device) => systemControlNodes(device, phandles)),
      ...board.devices.filter(({ tree }) => tree.atRoot).map((device) => nodeOf(device)),
      {
        name: "soc",
        properties: { "#address-cells": 2, "#size-cells": 2, compatible: "simple-bus", ranges: true },
        children: lastFirst(board.devices.filter(({ tree }) => !tree.atRoot)).map((device) => nodeOf(device)),
      },
    ],
  };
}

/**
 * Of the devices of one type the last comes first. Guests number disks in the order of the tree, and QEMU, whose tree is the same
 * in this, gives its last slot to the first disk.
 */
function lastFirst(devices: readonly DeviceRow[]): DeviceRow[] {
  const types = [...new Set(devices.map(({ type }) => type))];
  return types.flatMap((type) => devices.filter((device) => device.type === type).reverse());
}

function nodeName({ tree, base }: DeviceRow): string {
  return `${tree.name}@${base.toString(16)}`;
}

function deviceNode(
  device: DeviceRow,
  board: Board,
  phandles: ReadonlyMap<string, number>,
  cpuInterruptControllers: readonly number[],
): DeviceNode {
  const { tree } = device;
  const properties: Record<string, PropertyValue> = {
    compatible: tree.compatible,
    reg: [BigInt(device.base), BigInt(device.size)],
  };
  for (const [name, value] of Object.entries<TreeValue>(tree.properties ?? {})) properties[name] = value;
  if (device.irq !== undefined) {
    properties["interrupt-parent"] = phandles.get(board.interruptController)!;
    properties.interrupts = device.irq;
  }
  if (tree.cpuInterrupts !== undefined) {
    const numbers = tree.cpuInterrupts;
    properties["interrupts-extended"] = cpuInterruptControllers.flatMap((controller) =>
      numbers.flatMap((number) => [controller, number]),
    );
  }
  const phandle = phandles.get(device.name);
  if (phandle !== undefined) properties.phandle = phandle;
  return { name: nodeName(device), properties };
}

/** Generic nodes by which an operating system switches the machine off or resets it without a driver for the device. */
function systemControlNodes(device: DeviceRow, phandles: ReadonlyMap<string, number>): DeviceNode[] {
  const control = device.systemControl;
  if (control === undefined) return [];
  return (["poweroff", "reboot"] as const).map((action) => ({
    name: action,
    properties: {
      compatible: `syscon-${action}`,
      regmap: phandles.get(device.name)!,
      offset: control.offset,
      value: control[action],
    },
  }));
}
