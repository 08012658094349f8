/** Which devices a machine has on its virtio bus, and in which slots: the first in the last, as in QEMU. */
import { Ports } from "./backends/ports.ts";
import { inputNumber } from "./input-report.ts";
import type { MachineOptions } from "./machine-types.ts";
import { screenSize } from "./machine-options.ts";

/** Device types of the virtio specification, section 5. */
const VIRTIO_BLOCK = 2;
const VIRTIO_CONSOLE = 3;
const VIRTIO_ENTROPY = 4;
const VIRTIO_9P = 9;
const VIRTIO_GPU = 16;
const VIRTIO_INPUT = 18;

export interface VirtioDevice {
  /** What messages call it. */
  readonly name: string;
  readonly slot: number;
  /** Device type. */
  readonly kind: number;
  /**
   * Of a block device or shared folder: its index; of a console: its ports (PORTS_); of a GPU: the size of its screen; of an input
   * device: which it is.
   */
  readonly disk: number;
}

/** Throws a RangeError that names device and slot. */
export function virtioDevices(options: MachineOptions, slots: number): VirtioDevice[] {
  const devices: (Omit<VirtioDevice, "slot"> & { readonly slot: number | undefined })[] = (options.disks ?? []).map(
    ({ slot }, disk) => ({ name: `disk ${disk}`, slot, kind: VIRTIO_BLOCK, disk }),
  );
  const ports = new Ports(options).configuration;
  if (ports !== null) devices.push({ name: "console", slot: options.consoleSlot, kind: VIRTIO_CONSOLE, disk: ports });
  if (options.entropy) devices.push({ name: "entropy", slot: options.entropySlot, kind: VIRTIO_ENTROPY, disk: 0 });
  if (options.screen) {
    const { width, height } = screenSize(options.screen);
    const name = `screen of ${width} x ${height} pixels`;
    devices.push({ name, slot: options.screen.slot, kind: VIRTIO_GPU, disk: width | (height << 16) });
  }
  for (const { device, slot } of options.inputs ?? []) {
    devices.push({ name: device, slot, kind: VIRTIO_INPUT, disk: inputNumber(device) });
  }
  for (const [share, { tag, slot }] of (options.shares ?? []).entries()) {
    devices.push({ name: `shared folder ${tag}`, slot, kind: VIRTIO_9P, disk: share });
  }
  const assigned = assignSlots(devices, slots);
  return devices.map((device, i) => ({ ...device, slot: assigned[i]! }));
}

/** The slot of each device: its own, or else the last that is free. Throws a RangeError that names the device. */
export function assignSlots(
  devices: readonly { readonly name: string; readonly slot?: number | undefined }[],
  count: number,
): number[] {
  const owners = new Map<number, string>();
  for (const { name, slot } of devices) {
    if (slot === undefined) continue;
    if (!Number.isInteger(slot) || slot < 0 || slot >= count) {
      throw new RangeError(`${name}: virtio slot ${slot} does not exist; slots are 0 to ${count - 1}`);
    }
    const owner = owners.get(slot);
    if (owner !== undefined) throw new RangeError(`${name}: virtio slot ${slot} is taken by ${owner}`);
    owners.set(slot, name);
  }
  return devices.map(({ name, slot }) => {
    if (slot !== undefined) return slot;
    for (let free = count - 1; free >= 0; free--) {
      if (owners.has(free)) continue;
      owners.set(free, name);
      return free;
    }
    throw new RangeError(`${name}: all ${count} virtio slots are taken`);
  });
}
