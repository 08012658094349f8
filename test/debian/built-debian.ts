/** The disk that `vitrine images build debian` makes, built the first time, and machines that boot it with Debian's kernel and initrd. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import type { Machine } from "../../src/worker/node.ts";
import { library, path } from "../boot/machines.ts";
import { GuestShell } from "./guest-shell.ts";

/** VITRINE_DEBIAN names one that is there already. */
const disk = process.env.VITRINE_DEBIAN ?? path("build/debian/debian.ext4");
const overlay = path("build/debian/test.overlay");

/** Nothing that an earlier run of the tests wrote is there. Builds the disk if there is none. */
export function prepareDebian(): void {
  mkdirSync(path("build/debian"), { recursive: true });
  rmSync(overlay, { force: true });
  if (existsSync(disk)) return;
  const build = [path("bin/vitrine.mjs"), "images", "build", "debian", "--out", disk];
  const { status } = spawnSync(process.execPath, build, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`vitrine images build debian ended with status ${status}`);
}

export interface BootedDebian {
  readonly machine: Machine;
  readonly shell: GuestShell;
}

/** As the command line has it: the disk is not changed, what the guest writes goes to an overlay. `devices`: further arguments. */
export async function bootDebian(devices: readonly string[] = []): Promise<BootedDebian> {
  const { createMachine } = await library();
  const { parseRunOptions } = await import(path("lib/cli/run-options.js"));
  const { machineFromOptions } = await import(path("lib/cli/machine-from-options.js"));
  const options = parseRunOptions([
    ...["-m", "1G", "-kernel", `${disk}.kernel`, "-initrd", `${disk}.initrd`],
    ...["-append", "root=/dev/vda rw console=ttyS0"],
    ...["-drive", `file=${disk},format=raw,if=none,id=d0,overlay=${overlay}`, "-device", "virtio-blk-device,drive=d0"],
    ...devices,
  ]);
  const machine: Machine = await createMachine(await machineFromOptions(options, false));
  const shell = new GuestShell(machine, "# ");
  await machine.run();
  await shell.shows("root@debian:~# ");
  // Without an editor for the line, which would echo it with control sequences.
  await shell.type("exec sh");
  await shell.shows("# ", shell.text.length);
  return { machine, shell };
}

/** Answers why the machine stopped. */
export async function powerOff({ machine, shell }: BootedDebian): Promise<string> {
  await shell.type("systemctl poweroff");
  const { reason } = await machine.waitForStop();
  await machine.dispose();
  return reason;
}
