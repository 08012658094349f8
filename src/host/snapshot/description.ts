/** Of which machine a snapshot is: what must be the same in the one that loads it. */
import { slotLayout } from "../../spec/slot-layout.ts";
import type { BlockBackend } from "../backends/block.ts";
import type { CoreExports } from "../core-instance.ts";
import type { DeviceBackends } from "../device-backends.ts";
import type { HostTarget } from "../target.ts";
import type { VirtioDevice } from "../virtio-slots.ts";
import { crc32 } from "./crc32.ts";
import { FieldReader, FieldWriter } from "./fields.ts";
import type { InitialRam } from "./initial-ram.ts";

/** Properties by the names that messages give them. */
export type Description = ReadonlyMap<string, string>;

const MOST_PROPERTIES = 64;
const MOST_TEXT_BYTES = 256;
/** Most bytes of a description. */
export const MOST_DESCRIPTION_BYTES = 0x1_0000;

export interface DescribedMachine {
  readonly targetName: string;
  readonly target: HostTarget;
  readonly core: CoreExports;
  readonly memoryBytes: number;
  /** Of video memory and flash, which lie behind RAM. */
  readonly bytesBehindRam: number;
  readonly cpuCount: number;
  readonly initial: InitialRam;
  readonly virtio: readonly VirtioDevice[];
  readonly disks: readonly BlockBackend[];
  readonly devices: DeviceBackends;
}

export function describe(machine: DescribedMachine): Description {
  const { targetName, target, core, memoryBytes, cpuCount, initial, virtio, disks, devices } = machine;
  const registers = slotLayout(target.registers).registers.map(({ row, offset }) => [row.name, row.bits, offset]);
  const layout = JSON.stringify([registers, core.clockBytes(), core.devicesBytes(), core.cpuBytes()]);
  const properties = new Map([
    ["target", targetName],
    ["layout of its state", crc32(new TextEncoder().encode(layout)).toString(16)],
    ["memory", `${memoryBytes / 2 ** 20} MiB`],
    ["number of CPUs", String(cpuCount)],
    ["boot image checksum", initial.checksum],
  ]);
  for (const { slot, kind, name, disk } of virtio) {
    const backend = disks[disk];
    const size = name.startsWith("disk") && backend ? ` of ${backend.sectors} sectors` : "";
    const access = size !== "" && backend?.readOnly ? ", read-only" : "";
    properties.set(`device in virtio slot ${slot}`, `${name} (type ${kind})${size}${access}`);
  }
  for (const { index, image } of devices.flash.banks) {
    properties.set(`flash bank ${index}`, image === null ? "in memory" : image.readOnly ? "read-only" : "writable");
  }
  properties.set("firmware configuration", devices.firmwareChecksum.toString(16));
  return properties;
}

export function packDescription(description: Description): Uint8Array {
  const writer = new FieldWriter().u32(description.size);
  for (const [name, value] of description) writer.text(name).text(value);
  return writer.finish();
}

export function unpackDescription(bytes: Uint8Array): Description {
  const reader = new FieldReader("machine 0", bytes);
  const properties = new Map<string, string>();
  for (let left = reader.count(MOST_PROPERTIES); left > 0; left--) {
    properties.set(reader.text(MOST_TEXT_BYTES), reader.text(MOST_TEXT_BYTES));
  }
  reader.end();
  return properties;
}

/** Throws an Error that names the first property in which the two differ. */
export function requireSame(saved: Description, present: Description): void {
  for (const name of new Set([...present.keys(), ...saved.keys()])) {
    const [theirs, ours] = [saved.get(name) ?? "none", present.get(name) ?? "none"];
    if (theirs !== ours) {
      throw new Error(`the snapshot is of another machine: its ${name} is ${theirs}, this machine's is ${ours}`);
    }
  }
}
