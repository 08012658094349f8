// virtio over MMIO, version 2 (virtio 1.2, 4.2.2): the registers of a slot, and which kind of device stands behind it.
import {
  CONSOLE_FEATURES,
  CONSOLE_STATE_BYTES,
  consoleConfig,
  consoleHasTerminal,
  consolePossible,
  consoleQueues,
  inputConsole,
  notifyConsole,
  resetConsole,
  resizeConsole,
  writeConsoleConfig,
} from "./console";
import {
  BLOCK_STATE_BYTES,
  blockConfig,
  blockFeatures,
  blockPossible,
  listBlocks,
  notifyBlock,
  resetBlock,
  tickBlock,
} from "./block";
import { ENTROPY_STATE_BYTES, notifyEntropy, seedEntropy } from "./entropy";
import {
  GPU_STATE_BYTES,
  gpuConfig,
  gpuFeatures,
  gpuPossible,
  notifyGpu,
  resetGpu,
  resizeGpu,
  showGpu,
  writeGpuConfig,
} from "./gpu";
import {
  INPUT_FEATURES,
  INPUT_STATE_BYTES,
  inputConfig,
  inputPossible,
  notifyInput,
  reportInput,
  resetInput,
  waitingInput,
  writeInputConfig,
} from "./input";
import {
  NINEP_FEATURES,
  NINEP_STATE_BYTES,
  listShares,
  ninepConfig,
  ninepPossible,
  notifyNinep,
  resetNinep,
  tickNinep,
} from "./ninep";
import {
  FEATURE_INDIRECT,
  FEATURE_VERSION_1,
  INTERRUPT_CONFIG,
  INTERRUPT_USED,
  KIND_BLOCK,
  KIND_CONSOLE,
  KIND_ENTROPY,
  KIND_GPU,
  KIND_INPUT,
  KIND_NINEP,
  KIND_NONE,
  MAX_QUEUES,
  QUEUE_MAX,
  Queue,
  STATUS_DRIVER_OK,
  STATUS_FEATURES_OK,
  STATUS_NEEDS_RESET,
  VIRTIO_DEVICE_BYTES,
  VirtioDevice,
} from "./device";

const MAGIC_VALUE: u32 = 0x000;
const VERSION: u32 = 0x004;
const DEVICE_ID: u32 = 0x008;
const VENDOR_ID: u32 = 0x00c;
const DEVICE_FEATURES: u32 = 0x010;
const DEVICE_FEATURES_SEL: u32 = 0x014;
const DRIVER_FEATURES: u32 = 0x020;
const DRIVER_FEATURES_SEL: u32 = 0x024;
const QUEUE_SEL: u32 = 0x030;
const QUEUE_NUM_MAX: u32 = 0x034;
const QUEUE_NUM: u32 = 0x038;
const QUEUE_READY: u32 = 0x044;
const QUEUE_NOTIFY: u32 = 0x050;
const INTERRUPT_STATUS: u32 = 0x060;
const INTERRUPT_ACK: u32 = 0x064;
const STATUS: u32 = 0x070;
const QUEUE_DESC_LOW: u32 = 0x080;
const QUEUE_DESC_HIGH: u32 = 0x084;
const QUEUE_DRIVER_LOW: u32 = 0x090;
const QUEUE_DRIVER_HIGH: u32 = 0x094;
const QUEUE_DEVICE_LOW: u32 = 0x0a0;
const QUEUE_DEVICE_HIGH: u32 = 0x0a4;
const SHM_LEN_LOW: u32 = 0x0b0;
const SHM_BASE_HIGH: u32 = 0x0bc;
const CONFIG_GENERATION: u32 = 0x0fc;
const CONFIG: u32 = 0x100;

/** "virt". */
const MAGIC: u32 = 0x7472_6976;
/** "QEMU": drivers written for QEMU's board compare it. */
const VENDOR: u32 = 0x554d_4551;

@unmanaged
export class VirtioMmio extends VirtioDevice {
  read(offset: u32, size: u32): u64 {
    if (offset >= CONFIG) return this.readConfig(offset - CONFIG, size);
    // Registers are accessed by aligned 32-bit words only (4.2.2.2).
    if (size != 4) return 0;
    switch (offset) {
      case MAGIC_VALUE:
        return MAGIC;
      case VERSION:
        return 2;
      case DEVICE_ID:
        return this.kind;
      case VENDOR_ID:
        return VENDOR;
    }
    if (this.kind == KIND_NONE) return 0;
    switch (offset) {
      case DEVICE_FEATURES:
        return <u32>half(this.offered(), this.deviceFeaturesSelect);
      case QUEUE_NUM_MAX:
        return this.queueSelect < this.queues() ? QUEUE_MAX : 0;
      case QUEUE_READY:
        return this.queueSelect < this.queues() ? this.queue(this.queueSelect).ready : 0;
      case INTERRUPT_STATUS:
        return this.interruptStatus;
      case STATUS:
        return this.status;
      case CONFIG_GENERATION:
        return this.generation;
      default:
        // No region of shared memory: length and base read as all ones (4.2.2.1).
        return offset >= SHM_LEN_LOW && offset <= SHM_BASE_HIGH ? 0xffff_ffff : 0;
    }
  }

  write(offset: u32, size: u32, value: u64): void {
    const word = <u32>value;
    if (this.kind == KIND_NONE) return;
    if (offset >= CONFIG) {
      if (this.kind == KIND_CONSOLE) writeConsoleConfig(this, offset - CONFIG, word);
      if (this.kind == KIND_GPU) writeGpuConfig(this, offset - CONFIG, word);
      if (this.kind == KIND_INPUT) writeInputConfig(this, offset - CONFIG, word);
      return;
    }
    if (size != 4) return;
    switch (offset) {
      case DEVICE_FEATURES_SEL:
        this.deviceFeaturesSelect = word;
        break;
      case DRIVER_FEATURES:
        this.accept(word);
        break;
      case DRIVER_FEATURES_SEL:
        this.driverFeaturesSelect = word;
        break;
      case QUEUE_SEL:
        this.queueSelect = word;
        break;
      case QUEUE_NOTIFY:
        if (word < this.queues()) this.notify(word);
        break;
      case INTERRUPT_ACK:
        this.acknowledge(word);
        break;
      case STATUS:
        this.setStatus(word & 0xff);
        break;
      default:
        if (this.queueSelect < this.queues()) this.setUpQueue(this.queue(this.queueSelect), offset, word);
    }
  }

  /** Puts a device of this kind into the slot; `disk` says what is behind it. Power-on follows. */
  configure(kind: u32, disk: u32): void {
    memory.fill(this.state(), 0, VIRTIO_MMIO_BYTES - VIRTIO_DEVICE_BYTES);
    this.kind = kind;
    this.disk = disk;
  }

  /** Power-on: also what a driver's reset keeps starts anew. */
  reset(): void {
    this.resetDevice();
    this.generation = 0;
    if (this.kind == KIND_ENTROPY) seedEntropy(this);
  }

  tick(): void {
    if (this.kind == KIND_BLOCK) tickBlock(this);
    else if (this.kind == KIND_NINEP) tickNinep(this);
  }

  /** Whether the terminal's input goes here. */
  hasTerminal(): bool {
    return this.kind == KIND_CONSOLE && consoleHasTerminal(this);
  }

  /** The host has new input. */
  input(): void {
    if (this.kind == KIND_CONSOLE) inputConsole(this);
  }

  /** The terminal has a new size. */
  resize(columns: u32, rows: u32): void {
    if (this.kind == KIND_CONSOLE) resizeConsole(this, columns, rows);
  }

  /** The screen has a new size in pixels. */
  resizeScreen(width: u32, height: u32): void {
    if (this.kind == KIND_GPU) resizeGpu(this, width, height);
  }

  /** A report of an input device: `count` events at `from`. `input` is the INPUT_* that it comes from. */
  report(input: u32, from: usize, count: u32): void {
    if (this.kind == KIND_INPUT && this.disk == input) reportInput(this, from, count);
  }

  /** Events of the INPUT_* `input` that the driver has not taken. */
  waitingEvents(input: u32): u32 {
    return this.kind == KIND_INPUT && this.disk == input ? waitingInput(this) : 0;
  }

  /** Tells the host anew what there is to see. */
  show(): void {
    if (this.kind == KIND_GPU) showGpu(this);
  }

  /** Whether a device in the place of `live` could be in this state, which came from a file. */
  possible(live: VirtioMmio): bool {
    if (this.irq != live.irq || this.event != live.event || this.kind != live.kind || this.disk != live.disk)
      return false;
    if (this.status & ~0xff || this.interruptStatus & ~(INTERRUPT_USED | INTERRUPT_CONFIG)) return false;
    for (let index: u32 = 0; index < MAX_QUEUES; index++) {
      const queue = this.queue(index);
      if (queue.ready > 1 || (queue.taken | queue.used) & ~0xffff) return false;
      if (queue.ready && (index >= this.queues() || !legalSize(queue.size))) return false;
    }
    if (this.kind == KIND_BLOCK) return blockPossible(this);
    if (this.kind == KIND_GPU) return gpuPossible(this);
    if (this.kind == KIND_INPUT) return inputPossible(this);
    if (this.kind == KIND_NINEP) return ninepPossible(this);
    return this.kind != KIND_CONSOLE || consolePossible(this);
  }

  /** Lists at `to` the requests that the host works on, as listBlocks() does; answers where the list ends. */
  listRequests(to: usize): usize {
    if (this.kind == KIND_NINEP) return listShares(this, to);
    return this.kind == KIND_BLOCK ? listBlocks(this, to) : to;
  }

  private resetDevice(): void {
    if (this.kind == KIND_BLOCK) resetBlock(this);
    if (this.kind == KIND_CONSOLE) resetConsole(this);
    if (this.kind == KIND_GPU) resetGpu(this);
    if (this.kind == KIND_INPUT) resetInput(this);
    if (this.kind == KIND_NINEP) resetNinep(this);
    this.driverFeatures = 0;
    this.deviceFeaturesSelect = 0;
    this.driverFeaturesSelect = 0;
    this.queueSelect = 0;
    this.status = 0;
    memory.fill(changetype<usize>(this.queue(0)), 0, MAX_QUEUES * offsetof<Queue>());
    this.acknowledge(0xffff_ffff);
  }

  private queues(): u32 {
    if (this.kind == KIND_NONE) return 0;
    if (this.kind == KIND_GPU || this.kind == KIND_INPUT) return 2;
    return this.kind == KIND_CONSOLE ? consoleQueues(this) : 1;
  }

  offered(): u64 {
    if (this.kind == KIND_BLOCK) return blockFeatures(this);
    if (this.kind == KIND_CONSOLE) return CONSOLE_FEATURES;
    if (this.kind == KIND_GPU) return gpuFeatures(this);
    if (this.kind == KIND_INPUT) return INPUT_FEATURES;
    if (this.kind == KIND_NINEP) return NINEP_FEATURES;
    return FEATURE_VERSION_1 | FEATURE_INDIRECT;
  }

  /** Sets 32 of the features that the driver accepts, until it has said that these are all. */
  private accept(word: u32): void {
    if (this.status & STATUS_FEATURES_OK || this.driverFeaturesSelect > 1) return;
    const shift = (<u64>this.driverFeaturesSelect) << 5;
    this.driverFeatures = (this.driverFeatures & ~((<u64>0xffff_ffff) << shift)) | ((<u64>word) << shift);
  }

  private setStatus(status: u32): void {
    if (status == 0) {
      this.resetDevice();
      return;
    }
    const old = this.status;
    let next = (status & ~STATUS_NEEDS_RESET) | (old & STATUS_NEEDS_RESET);
    if (next & STATUS_FEATURES_OK && !(old & STATUS_FEATURES_OK)) {
      // The bit does not stick when the device cannot work so (3.1.1, 6.2: without VERSION_1 it would be a legacy driver).
      if (this.driverFeatures & ~this.offered() || !this.has(FEATURE_VERSION_1)) next &= ~STATUS_FEATURES_OK;
    }
    this.status = next;
    // What was made available before the start needs no notification.
    if (next & STATUS_DRIVER_OK && !(old & STATUS_DRIVER_OK)) {
      for (let queue: u32 = 0; queue < this.queues(); queue++) this.notify(queue);
    }
  }

  private setUpQueue(queue: Queue, offset: u32, word: u32): void {
    if (offset == QUEUE_READY) {
      this.setReady(queue, word & 1);
      return;
    }
    // A queue in use keeps its place (4.2.2.2).
    if (queue.ready) return;
    switch (offset) {
      case QUEUE_NUM:
        queue.size = word;
        break;
      case QUEUE_DESC_LOW:
        queue.descriptors = withLow(queue.descriptors, word);
        break;
      case QUEUE_DESC_HIGH:
        queue.descriptors = withHigh(queue.descriptors, word);
        break;
      case QUEUE_DRIVER_LOW:
        queue.driver = withLow(queue.driver, word);
        break;
      case QUEUE_DRIVER_HIGH:
        queue.driver = withHigh(queue.driver, word);
        break;
      case QUEUE_DEVICE_LOW:
        queue.device = withLow(queue.device, word);
        break;
      case QUEUE_DEVICE_HIGH:
        queue.device = withHigh(queue.device, word);
        break;
    }
  }

  private setReady(queue: Queue, ready: u32): void {
    if (ready && !queue.ready) {
      if (!legalSize(queue.size)) {
        this.broken();
        return;
      }
      queue.taken = 0;
      queue.used = 0;
    }
    queue.ready = ready;
  }

  private notify(queue: u32): void {
    if (this.kind == KIND_BLOCK) notifyBlock(this);
    else if (this.kind == KIND_CONSOLE) notifyConsole(this, queue);
    else if (this.kind == KIND_ENTROPY) notifyEntropy(this);
    else if (this.kind == KIND_GPU) notifyGpu(this, queue);
    else if (this.kind == KIND_INPUT) notifyInput(this, queue);
    else if (this.kind == KIND_NINEP) notifyNinep(this);
  }

  private readConfig(offset: u32, size: u32): u64 {
    let value: u64 = 0;
    for (let i: u32 = 0; i < size; i++) {
      let byte: u32 = 0;
      if (this.kind == KIND_BLOCK) byte = blockConfig(this, offset + i);
      else if (this.kind == KIND_CONSOLE) byte = consoleConfig(this, offset + i);
      else if (this.kind == KIND_GPU) byte = gpuConfig(this, offset + i);
      else if (this.kind == KIND_INPUT) byte = inputConfig(this, offset + i);
      else if (this.kind == KIND_NINEP) byte = ninepConfig(this, offset + i);
      value |= (<u64>byte) << ((<u64>i) << 3);
    }
    return value;
  }
}

/** Bytes of a slot's state: the block device's is the largest. */
export const VIRTIO_MMIO_BYTES: usize = VIRTIO_DEVICE_BYTES + BLOCK_STATE_BYTES;
if (CONSOLE_STATE_BYTES > BLOCK_STATE_BYTES) ERROR("the console's state outgrew a slot");
if (NINEP_STATE_BYTES > BLOCK_STATE_BYTES) ERROR("the shared folder's state outgrew a slot");
if (ENTROPY_STATE_BYTES > BLOCK_STATE_BYTES) ERROR("the entropy device's state outgrew a slot");
if (GPU_STATE_BYTES > BLOCK_STATE_BYTES) ERROR("the GPU's state outgrew a slot");
if (INPUT_STATE_BYTES > BLOCK_STATE_BYTES) ERROR("the input device's state outgrew a slot");

/** The size of a split queue is a power of 2, at most what was offered (2.7). */
function legalSize(size: u32): bool {
  return size != 0 && size <= QUEUE_MAX && (size & (size - 1)) == 0;
}

function half(value: u64, select: u32): u64 {
  return select > 1 ? 0 : (value >> ((<u64>select) << 5)) & 0xffff_ffff;
}

function withLow(value: u64, word: u32): u64 {
  return (value & 0xffff_ffff_0000_0000) | word;
}

function withHigh(value: u64, word: u32): u64 {
  return (value & 0xffff_ffff) | ((<u64>word) << 32);
}
