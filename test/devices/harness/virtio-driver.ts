/** A driver for one virtio-mmio slot of the test board: registers, queues and chains of descriptors in guest RAM. */
import { RAM, type TestBoard } from "./board.ts";

export const REGISTER = {
  magic: 0x00,
  version: 0x04,
  deviceId: 0x08,
  vendorId: 0x0c,
  deviceFeatures: 0x10,
  deviceFeaturesSel: 0x14,
  driverFeatures: 0x20,
  driverFeaturesSel: 0x24,
  queueSel: 0x30,
  queueNumMax: 0x34,
  queueNum: 0x38,
  queueReady: 0x44,
  queueNotify: 0x50,
  interruptStatus: 0x60,
  interruptAck: 0x64,
  status: 0x70,
  queueDesc: 0x80,
  queueDriver: 0x90,
  queueDevice: 0xa0,
  shmLen: 0xb0,
  configGeneration: 0xfc,
  config: 0x100,
} as const;

export const STATUS = { acknowledge: 1, driver: 2, driverOk: 4, featuresOk: 8, needsReset: 64 } as const;
export const NEXT = 1;
export const WRITE = 2;
export const INDIRECT = 4;

export interface Descriptor {
  readonly pa: bigint;
  readonly length: number;
  readonly flags?: number;
  readonly next?: number;
}

/** Where a queue lies: offsets in guest RAM. */
export class DriverQueue {
  readonly index: number;
  readonly size: number;
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  private next = 0;

  constructor(
    readonly board: TestBoard,
    index: number,
    size: number,
  ) {
    this.index = index;
    this.size = size;
    this.descriptors = 0x1_0000 * (index + 1);
    this.available = this.descriptors + 0x4000;
    this.used = this.descriptors + 0x8000;
  }

  describe(index: number, descriptor: Descriptor, table = this.descriptors): void {
    const { view } = this.board;
    const at = table + index * 16;
    view.setBigUint64(at, BigInt.asUintN(64, descriptor.pa), true);
    view.setUint32(at + 8, descriptor.length, true);
    view.setUint16(at + 12, descriptor.flags ?? 0, true);
    view.setUint16(at + 14, descriptor.next ?? 0, true);
  }

  /** Writes a chain from descriptor `first` on, each entry linked to the next. */
  chain(first: number, descriptors: readonly Descriptor[], table = this.descriptors): void {
    descriptors.forEach((descriptor, i) => {
      const last = i === descriptors.length - 1;
      const flags = (descriptor.flags ?? 0) | (last ? 0 : NEXT);
      this.describe(first + i, { ...descriptor, flags, next: last ? 0 : first + i + 1 }, table);
    });
  }

  /** Makes the chain at `head` available, without notification. */
  offer(head: number): void {
    const { view } = this.board;
    view.setUint16(this.available + 4 + (this.next % this.size) * 2, head, true);
    this.next = (this.next + 1) & 0xffff;
    view.setUint16(this.available + 2, this.next, true);
  }

  usedIndex(): number {
    return this.board.view.getUint16(this.used + 2, true);
  }

  /** Used entry `index`: head and bytes written. */
  usedEntry(index: number): [number, number] {
    const at = this.used + 4 + (index % this.size) * 8;
    return [this.board.view.getUint32(at, true), this.board.view.getUint32(at + 4, true)];
  }
}

export class VirtioDriver {
  readonly base: number;
  readonly queues: DriverQueue[] = [];

  constructor(
    readonly board: TestBoard,
    slot = 0,
  ) {
    this.base = 0x1000_1000 + slot * 0x1000;
  }

  get(register: number, size = 4): number {
    return this.board.read(this.base + register, size);
  }

  set(register: number, value: number | bigint, size = 4): void {
    this.board.write(this.base + register, value, size);
  }

  features(): bigint {
    this.set(REGISTER.deviceFeaturesSel, 1);
    const high = BigInt(this.get(REGISTER.deviceFeatures));
    this.set(REGISTER.deviceFeaturesSel, 0);
    return (high << 32n) | BigInt(this.get(REGISTER.deviceFeatures));
  }

  accept(features: bigint): void {
    this.set(REGISTER.driverFeaturesSel, 1);
    this.set(REGISTER.driverFeatures, features >> 32n);
    this.set(REGISTER.driverFeaturesSel, 0);
    this.set(REGISTER.driverFeatures, features & 0xffff_ffffn);
  }

  /** Steps 1 to 6 of the start (virtio 1.2, 3.1.1), with all features but `without`. */
  negotiate(without = 0n): void {
    this.set(REGISTER.status, 0);
    this.set(REGISTER.status, STATUS.acknowledge | STATUS.driver);
    this.accept(this.features() & ~without);
    this.set(REGISTER.status, STATUS.acknowledge | STATUS.driver | STATUS.featuresOk);
  }

  setUpQueue(queue: DriverQueue): void {
    this.set(REGISTER.queueSel, queue.index);
    this.set(REGISTER.queueNum, queue.size);
    this.setAddress(REGISTER.queueDesc, RAM + BigInt(queue.descriptors));
    this.setAddress(REGISTER.queueDriver, RAM + BigInt(queue.available));
    this.setAddress(REGISTER.queueDevice, RAM + BigInt(queue.used));
    this.set(REGISTER.queueReady, 1);
  }

  setAddress(register: number, pa: bigint): void {
    this.set(register, pa & 0xffff_ffffn);
    this.set(register + 4, BigInt.asUintN(64, pa) >> 32n);
  }

  driverOk(): void {
    this.set(REGISTER.status, STATUS.acknowledge | STATUS.driver | STATUS.featuresOk | STATUS.driverOk);
  }

  start(queueCount: number, size = 128, without = 0n): DriverQueue[] {
    this.negotiate(without);
    const queues = Array.from({ length: queueCount }, (_, index) => new DriverQueue(this.board, index, size));
    for (const queue of queues) this.setUpQueue(queue);
    this.driverOk();
    return queues;
  }

  notify(queue: number): void {
    this.set(REGISTER.queueNotify, queue);
  }

  /** Reads and acknowledges the causes of the interrupt. */
  takeInterrupt(): number {
    const causes = this.get(REGISTER.interruptStatus);
    this.set(REGISTER.interruptAck, causes);
    return causes;
  }

  broken(): boolean {
    return (this.get(REGISTER.status) & STATUS.needsReset) !== 0;
  }
}
