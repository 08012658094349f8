// State that every virtio device has behind its transport (virtio 1.2, chapter 2), and what follows when a driver breaks the rules.
import { lower, raise } from "../../machine/irq";

export const KIND_NONE: u32 = 0;
export const KIND_BLOCK: u32 = 2;
export const KIND_CONSOLE: u32 = 3;
export const KIND_ENTROPY: u32 = 4;
export const KIND_NINEP: u32 = 9;
export const KIND_GPU: u32 = 16;
export const KIND_INPUT: u32 = 18;

export const STATUS_DRIVER_OK: u32 = 4;
export const STATUS_FEATURES_OK: u32 = 8;
export const STATUS_NEEDS_RESET: u32 = 64;

export const INTERRUPT_USED: u32 = 1;
export const INTERRUPT_CONFIG: u32 = 2;

export const FEATURE_INDIRECT: u64 = 1 << 28;
export const FEATURE_VERSION_1: u64 = 1 << 32;

/** A console's with PORTS_MAX ports. */
export const MAX_QUEUES: u32 = 18;
/** Largest size of any queue, and with it the longest chain of descriptors. */
export const QUEUE_MAX: u32 = 128;

/** One virtqueue as the driver set it up. Addresses are guest physical, checked at each use. */
@unmanaged
export class Queue {
  descriptors: u64;
  driver: u64;
  device: u64;
  size: u32;
  ready: u32;
  /** Index of the next available entry to take, and of the next used entry to fill (both run modulo 2^16). */
  taken: u32;
  used: u32;
}

@unmanaged
export class VirtioDevice {
  irq: u32;
  event: u32;
  /**
   * Device ID, and what goes with it, which resets keep: the number of the disk or shared folder behind the device, a console's
   * ports (PORTS_), the size of a GPU's screen (height in the upper half), which INPUT_* an input device is.
   */
  kind: u32;
  disk: u32;
  driverFeatures: u64;
  deviceFeaturesSelect: u32;
  driverFeaturesSelect: u32;
  queueSelect: u32;
  status: u32;
  interruptStatus: u32;
  generation: u32;
  // MAX_QUEUES queues follow the fields, then the state of the kind of device.

  queue(index: u32): Queue {
    return changetype<Queue>(changetype<usize>(this) + offsetof<VirtioDevice>() + index * offsetof<Queue>());
  }

  /** Where the state of the kind of device lies. */
  state(): usize {
    return changetype<usize>(this) + VIRTIO_DEVICE_BYTES;
  }

  has(feature: u64): bool {
    return (this.driverFeatures & feature) != 0;
  }

  running(): bool {
    return (this.status & (STATUS_DRIVER_OK | STATUS_NEEDS_RESET)) == STATUS_DRIVER_OK;
  }

  interrupt(cause: u32): void {
    this.interruptStatus |= cause;
    raise(this.irq);
  }

  acknowledge(causes: u32): void {
    this.interruptStatus &= ~causes;
    if (!this.interruptStatus) lower(this.irq);
  }

  configChanged(): void {
    this.generation++;
    if (this.status & STATUS_DRIVER_OK) this.interrupt(INTERRUPT_CONFIG);
  }

  /** The driver broke the rules: the device stands still until it is reset (2.1.2). */
  broken(): void {
    if (this.status & STATUS_NEEDS_RESET) return;
    this.status |= STATUS_NEEDS_RESET;
    if (this.status & STATUS_DRIVER_OK) this.interrupt(INTERRUPT_CONFIG);
  }
}

/** Bytes of transport and queues. */
export const VIRTIO_DEVICE_BYTES: usize = offsetof<VirtioDevice>() + MAX_QUEUES * offsetof<Queue>();
