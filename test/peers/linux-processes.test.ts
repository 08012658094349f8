/** Processes of Debian's kernel, unmodified: what its memory says by the types that it carries is what its own ps says. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { BundledGuest } from "../../web/model/bundled-guests.ts";
import { LinuxModel, type LinuxSource } from "../../web/model/linux-model.ts";
import { stockMachine } from "../debian/stock-linux.ts";

test("the stock kernel's processes, read from its memory", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-processes-"));
  const disk = join(folder, "disk");
  writeFileSync(disk, new Uint8Array(1 << 20));
  const { machine, shell } = await stockMachine(disk);
  try {
    await machine.run();
    await shell.shows();
    const [started] = await shell.run("sleep 1000 & echo started $!");
    const sleep = Number(/started (\d+)/.exec(started)?.[1]);
    const [printed] = await shell.run("ps -o pid,comm");
    await machine.pause();
    const known = [...printed.matchAll(/^ *(\d+) (\S+)/gm)].map(([, pid, name]) => ({ pid: Number(pid), name }));
    expect(known.length).toBeGreaterThan(20);

    const linux = new LinuxModel();
    await linux.attach(machine as unknown as LinuxSource, { target: "riscv64" } as BundledGuest);
    const view = await linux.processes();
    if (view.kind === "none") throw new Error(view.why);
    expect(view.kernel).toMatch(/^6\.\d+\.\d+\+deb13-riscv64$/);
    const pids = new Set(known.map(({ pid }) => pid));
    // Threads of the kernel come and go; all others are there, but for ps itself.
    const programs = view.list.filter(({ kernelThread }) => !kernelThread);
    expect(programs.map(({ pid, name }) => [pid, name])).toEqual([
      [1, "sh"],
      [sleep, "sleep"],
    ]);
    expect(view.list.filter(({ pid }) => pids.has(pid)).length).toBeGreaterThan(20);
    expect(view.list.filter(({ current }) => current)).toHaveLength(1);
    expect(view.list.find(({ pid }) => pid === sleep)).toMatchObject({ state: "sleeping", parent: 1 });

    // Where it goes on: behind the ecall by which it went to sleep.
    const asleep = view.list.find(({ pid }) => pid === sleep);
    if (asleep === undefined) throw new Error("the process is gone");
    const { programAt, space } = await linux.details(asleep);
    if (programAt === null || space === null) throw new Error("a program has an address space");
    expect(await machine.readVirtual(programAt - 4n, 4, { space })).toEqual(Uint8Array.of(0x73, 0, 0, 0));

    // Every switch to another task: who ran is who was switched to before.
    const at = (await linux.lookForSwitch()) as bigint;
    expect((await machine.readVirtual(at, 2)).join()).toBe("130,128");
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: at }]);
    await linux.refresh();
    const seen = [linux.current.get()];
    machine.console.write("true\n");
    for (let stop = 0; stop < 10; stop++) {
      await machine.run();
      expect(await machine.waitForStop()).toMatchObject({ reason: "breakpoint", pc: at });
      await linux.refresh(at);
      const switched = /^Switched from (.+ \(\d+\)) to (.+ \(\d+\))$/.exec(linux.switched.get() ?? "");
      expect(switched?.[1]).toBe(seen.at(-1));
      expect(linux.current.get()).toBe(switched?.[2]);
      seen.push(switched?.[2] ?? null);
    }
    expect(seen.some((task) => task?.startsWith("sh ("))).toBe(true);
    expect(seen.some((task) => /^(k|rcu)/.test(task ?? ""))).toBe(true);
  } finally {
    await machine.dispose();
    rmSync(folder, { recursive: true });
  }
});
