/** Which slot of the virtio bus each `-device` gets: QEMU's rule. */
import type { DeviceOption } from "./device-options.ts";

/**
 * `devices`, in the order of the command line, each with its slot: the one that it names, or else the last that nobody has. Those
 * for which none is left have none.
 */
export function withSlots(devices: readonly DeviceOption[], slots: number): DeviceOption[] {
  const named = new Set(devices.map(({ slot }) => slot));
  const free = Array.from({ length: slots }, (_, slot) => slot).filter((slot) => !named.has(slot));
  return devices.map((device) => {
    // Ports are on the console device's own bus.
    if (device.slot !== undefined || device.kind === "console" || device.kind === "port") return device;
    return { ...device, slot: free.pop() };
  });
}
