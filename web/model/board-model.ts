/** The board of the machine: its devices with their values, its interrupts and its memory map. */
import { type ControllerValues, sourcesOf } from "../../src/debug/interrupt-controller.ts";
import { lookAtQueue, type QueueLook } from "../../src/debug/virtqueue.ts";
import { stateRows, type StateRow, VIRTIO_KINDS } from "../../src/spec/device-state.ts";
import type { Board, DeviceRow } from "../../src/spec/memory-map.ts";
import type { BoardState, InterruptState, MachineInfo } from "../../src/worker/page.ts";

export type { SourceLook } from "../../src/debug/interrupt-controller.ts";
export { contextName } from "../../src/debug/interrupt-controller.ts";
export type { Chain, QueueLook } from "../../src/debug/virtqueue.ts";
export type { InterruptState } from "../../src/worker/page.ts";

/** What it needs of a machine. */
export interface BoardSource {
  readonly info: MachineInfo;
  boardState(): Promise<BoardState>;
  readMemory(pa: bigint, length: number): Promise<Uint8Array>;
}

/** A row and its values. */
export interface ValueRow {
  readonly row: StateRow;
  readonly values: readonly bigint[];
}

export interface DeviceLook {
  readonly device: DeviceRow;
  readonly rows: readonly ValueRow[];
}

export interface BoardLook {
  readonly board: Board;
  readonly devices: readonly DeviceLook[];
  /** Of each CPU. */
  readonly interrupts: readonly (readonly InterruptState[])[];
}

/** Something at a range of physical addresses. */
export interface MapRange {
  readonly name: string;
  readonly title: string;
  readonly first: bigint;
  readonly bytes: bigint;
}

export class BoardModel {
  #machine: BoardSource | null = null;
  #board: Promise<Board> | null = null;

  attach(machine: BoardSource | null): void {
    this.#machine = machine;
    this.#board = machine === null ? null : loadBoard(machine.info.target);
    // Who looks hears of it.
    this.#board?.catch(() => {});
  }

  /** All devices now. Throws an Error without a machine. */
  async look(): Promise<BoardLook> {
    const machine = this.#machine;
    const board = await this.#board;
    if (machine === null || board === null) throw new Error("There is no machine.");
    const { devices, interrupts } = await machine.boardState();
    return {
      board,
      interrupts,
      devices: board.devices.map((device) => {
        const values = devices.find(({ name }) => name === device.name)?.values ?? [];
        return { device, rows: stateRows(device.type).map((row, index) => ({ row, values: values[index] ?? [] })) };
      }),
    };
  }

  /** A queue of a virtio device as it lies in memory. Throws an Error that says what is wrong with it. */
  async queue(look: DeviceLook, queue: number): Promise<QueueLook> {
    const machine = this.#machine;
    if (machine === null) throw new Error("There is no machine.");
    const value = (name: string): bigint => valuesOf(look, name)[queue] ?? 0n;
    const place = {
      size: Number(value("QueueNum")),
      descriptors: value("QueueDesc"),
      driver: value("QueueDriver"),
      device: value("QueueDevice"),
    };
    return lookAtQueue(place, Number(value("taken")), (pa, length) => machine.readMemory(pa, length));
  }

  /** What lies where, by ascending address. */
  async map(): Promise<readonly MapRange[]> {
    const machine = this.#machine;
    const board = await this.#board;
    if (machine === null || board === null) throw new Error("There is no machine.");
    const { ram, rom, devices } = board;
    const ranges = [
      ...devices.map(({ name, title, base, size }) => ({ name, title, first: BigInt(base), bytes: BigInt(size) })),
      { name: rom.name, title: "Boot ROM", first: BigInt(rom.base), bytes: BigInt(rom.size ?? 0) },
      { name: ram.name, title: "Memory", first: BigInt(ram.base), bytes: BigInt(machine.info.memory) },
    ];
    return ranges.sort((a, b) => (a.first < b.first ? -1 : 1));
  }
}

/** What a device is: of a slot, what stands in it. */
export function deviceTitle(look: DeviceLook): string {
  const [kind] = valuesOf(look, "DeviceID");
  return kind === undefined ? look.device.title : (VIRTIO_KINDS[Number(kind)] ?? `Device of kind ${kind}`);
}

/** Values of a row by its name; none: the device has no such row. */
export function valuesOf(look: DeviceLook, name: string): readonly bigint[] {
  return look.rows.find(({ row }) => row.name === name)?.values ?? [];
}

/** What becomes of each source of an interrupt controller. */
export function controllerSources(look: DeviceLook) {
  const names = ["priority", "line", "pending", "claimed", "enable", "threshold"] as const;
  const values = Object.fromEntries(names.map((name) => [name, valuesOf(look, name)])) as unknown as ControllerValues;
  return sourcesOf(values);
}

async function loadBoard(target: string): Promise<Board> {
  const module: { BOARD: Board } = await import(`../../src/spec/${target}/board.ts`);
  return module.BOARD;
}
