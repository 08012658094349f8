/** In which slots QEMU 10.0 puts the virtio devices of a command line; with VITRINE_RECORD=1, writes what the fast test compares with. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { at } from "../../scripts/paths.mjs";
import { qemuVersion } from "../differential/riscv64/machines.ts";
import recorded from "../unit/cli/virtio-slots.json" with { type: "json" };

/** What the options of the machine call a device of QEMU's. */
const NAMES: Readonly<Record<string, string>> = {
  "virtio-rng-device": "entropy",
  "virtio-serial-device": "console",
  "virtio-gpu-device": "screen of 1280 x 800 pixels",
  "virtio-keyboard-device": "keyboard",
  "virtio-tablet-device": "tablet",
  "virtio-mouse-device": "mouse",
  "virtio-9p-device": "shared folder tag",
};

/** What qemu answers to "info qtree". It would cut that short if it were told to quit at the same time. */
function deviceTreeOfQemu(args: readonly string[]): Promise<string> {
  const qemu = spawn("qemu-system-riscv64", [
    ...["-M", "virt", "-display", "none", "-serial", "none", "-monitor", "stdio", "-S"],
    ...args,
  ]);
  return new Promise((resolve, reject) => {
    let output = "";
    qemu.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.split("(qemu) ").length > 2) qemu.stdin.end("quit\n");
    });
    qemu.stderr.on("data", (text: Buffer) => reject(new Error(String(text))));
    qemu.on("error", reject);
    qemu.on("close", () => resolve(output.replaceAll("\r", "")));
    qemu.stdin.write("info qtree\n");
  });
}

/** The devices of a command line, by slot. */
async function slotsOnQemu(line: string): Promise<(string | null)[]> {
  // Any file is a disk.
  const args = line.replace(/file=\w+/g, `file=${at("package.json")},format=raw,readonly=on`).split(" ");
  const buses = (await deviceTreeOfQemu(args)).split(/bus: virtio-mmio-bus\.(?=\d)/).slice(1);
  const slots: (string | null)[] = Array.from({ length: 8 }, () => null);
  expect(buses.map((bus) => Number(bus[0]))).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
  for (const bus of buses) {
    const driver = /^\s+dev: (virtio-[\w-]+)/m.exec(bus.split(/dev: virtio-mmio,/)[0]!)?.[1];
    const drive = /drive = "(\w+)"/.exec(bus)?.[1];
    if (driver !== undefined) slots[Number(bus[0])] = drive === undefined ? (NAMES[driver] ?? driver) : `disk ${drive}`;
  }
  return slots;
}

test("devices lie where QEMU puts them", async () => {
  expect(qemuVersion(), "apt-get -t bookworm-backports install qemu-system-misc").toMatch(/ version 10\.0\./);
  const found = await Promise.all(recorded.map(async ({ line }) => ({ line, slots: await slotsOnQemu(line) })));
  if (process.env.VITRINE_RECORD === "1") {
    writeFileSync(at("test", "unit", "cli", "virtio-slots.json"), `${JSON.stringify(found, null, 2)}\n`);
  } else {
    expect(found).toEqual(recorded);
  }
});
