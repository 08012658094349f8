/** Devices lie in the slots in which QEMU 10.0 puts those of the same command line (test/peers/virtio-slots.test.ts records it). */
import { expect, test } from "vitest";
import { machineFromOptions } from "../../../src/cli/machine-from-options.ts";
import { parseRunOptions } from "../../../src/cli/run-options.ts";
import { virtioDevices } from "../../../src/host/virtio-slots.ts";
import recorded from "./virtio-slots.json" with { type: "json" };

const SLOTS = 8;

test.each(recorded)("$line", async ({ line, slots }) => {
  const options = await machineFromOptions(parseRunOptions(`-kernel k ${line}`.split(" ")), false);
  const devices = virtioDevices(options, SLOTS);
  const names = Array.from({ length: SLOTS }, (_, n) => {
    const found = devices.find(({ slot }) => slot === n);
    const drive = found?.name.startsWith("disk") ? options.disks?.[found.disk] : undefined;
    return drive === undefined ? (found?.name ?? null) : `disk ${drive.image}`;
  });
  expect(names).toEqual(slots);
});
