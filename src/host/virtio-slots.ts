/** Gives devices their slots on the virtio bus in QEMU's order. */

/** Device types of the virtio specification, section 5. */
export const VIRTIO_BLOCK = 2;
export const VIRTIO_CONSOLE = 3;
export const VIRTIO_ENTROPY = 4;

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
