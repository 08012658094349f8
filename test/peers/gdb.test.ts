/**
 * gdb-multiarch on Vitrine and on native qemu: the same commands print the same, word for word. Values of clocks are left out:
 * qemu's follow the host.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { path } from "../boot/machines.ts";
import { GDB_TARGET } from "../../src/spec/riscv64/gdb-target.ts";
import { bareMetal, onQemu, onVitrine, type PeerMachine } from "./gdb-peers.ts";

async function compare(machine: PeerMachine, commands: readonly string[], least: number): Promise<string> {
  const [here, there] = await Promise.all([onVitrine(machine, commands), onQemu(machine, commands)]);
  expect(here).toBe(there);
  expect(here.split("\n").length).toBeGreaterThan(least);
  return here;
}

test("hello: breakpoints, steps, finish, locals, stack, memory, a watched variable, a condition", async () => {
  const text = await compare(
    bareMetal("hello"),
    [
      ...["info registers", "stepi", "stepi", "x/6i $pc", "break main", "c", "next", "next", "step", "bt", "finish"],
      ...["info locals", "x/8xg $sp", "info registers", "watch number", "c", "c", "bt", "stepi", "p number"],
      ...["delete", "break print_char if $a0 == 0x73", "c", "info registers", "up", "info frame", "p/c c"],
      ...["delete", "p/x *(unsigned char *) 0x80000000 @ 16", "set var number = 9", "p number", "tbreak finish", "c"],
      ...["p status", "c"],
    ],
    100,
  );
  expect(text).toContain("Hardware watchpoint 2: number".replace("Hardware w", "W"));
  expect(text).toMatch(/\[Inferior 1 exited normally\]/);
});

test("timer: a trap handler, a watched global in every kind, returns", async () => {
  await compare(
    bareMetal("timer"),
    [
      ...["watch ticks", "c", "p/x $pc", "c", "p/x $pc", "p ticks", "bt", "delete", "rwatch ticks", "c", "p/x $pc"],
      ...["c", "p/x $pc", "delete", "awatch ticks", "c", "p/x $pc", "c", "p/x $pc", "c", "p/x $pc", "delete"],
      ...["break handle_trap", "c", "p/x $mcause", "p/x $mepc", "p/x $mstatus", "p/x $priv", "bt", "finish"],
      ...["delete", "break finish", "c", "p ticks", "c"],
    ],
    60,
  );
});

test("processes: virtual addresses, breakpoints set before paging is on, privilege", async () => {
  const text = await compare(
    bareMetal("processes"),
    [
      // From the second trap on, qemu's timer decides which process runs.
      ...["info line user_main", "break *&user_main", "c", "p/x $pc", "p $priv", "p/x $satp", "p/x $sstatus"],
      ...["bt 3", "x/4i $pc", "info registers", "delete", "stepi", "stepi", "x/2xg $sp", "break handle_trap", "c"],
      ...["p/x $pc", "p $priv", "p/x $satp", "delete", "c"],
    ],
    20,
  );
  expect(text).toContain("[Inferior 1 exited normally]");
});

test("fault: exceptions as the handler finds them", async () => {
  await compare(
    bareMetal("fault"),
    [
      "break handle_trap",
      ...Array.from({ length: 4 }, () => [
        "c",
        "p/x $scause",
        "p/x $stval",
        "p/x $sepc",
        "p/x $sstatus",
        "bt 2",
      ]).flat(),
      ...["delete", "c"],
    ],
    20,
  );
});

/**
 * Of which qemu's values follow the host, or its own choice of an identity, of extensions (no B in misa) or of a debug module; and
 * those that keep bits of a hypervisor that is switched off.
 */
const DIFFER =
  /^(misa|m[ei]deleg|mi[ep]|m?cycle|m?instret|time|stimecmp|m?hpm.*|mcountinhibit|t(select|data\d|info)|m(vendor|arch|imp)id|marchid)$/;

test("every register of every feature: its value, and after it has been set", async () => {
  const registers = GDB_TARGET.features.flatMap((feature) => feature.registers.map(({ name }) => name));
  const compared = registers.filter((name) => !DIFFER.test(name));
  expect(compared.length).toBeGreaterThan(105);
  const read = compared.flatMap((name) => [`echo ${name}\\ `, `p/x $${name}`]);
  // A value for each, which no other has, and after which the program can still be stepped.
  const settable = compared.filter(
    (name) =>
      !/^(zero|pc|priv|misa|mhartid|mconfigptr|pmp.*|mstatus|sstatus|satp|mtvec|menvcfg|fflags|frm|fcsr)$/.test(name),
  );
  const set = settable.map(
    (name, n) => `set $${name} = ${/^f[tsa]\d/.test(name) ? "" : ""}0x${(0x1230 + n * 4).toString(16)}`,
  );
  const integers = set.filter((command) => !/\$f[tsa]\d/.test(command));
  const floats = compared.filter((name) => /^f[tsa]\d/.test(name)).map((name, n) => `set $${name}.double = ${n}.5`);
  await compare(
    bareMetal("hello"),
    ["break main", "c", ...read, "delete", ...floats, ...integers, "stepi", ...read, "p/x $pc"],
    200,
  );
});

test("modes: status, translation, trap vector, rounding", async () => {
  await compare(
    bareMetal("hello"),
    [
      ...["break main", "c", "delete", "set $mstatus = 0xfffffffaffffffff & ~0x20000", "stepi", "p/x $mstatus"],
      ...["p/x $sstatus", "set $satp = 0x8000000000080005", "stepi", "p/x $satp", "set $satp = 0xf000000000000001"],
      ...["stepi", "p/x $satp", "set $mtvec = 0x80000003", "stepi", "p/x $mtvec", "set $fcsr = 0xffff", "stepi"],
      ...["p/x $fcsr", "p/x $frm", "p/x $fflags", "set $frm = 1", "stepi", "p/x $fcsr", "set $fflags = 0", "stepi"],
      ...[
        "p/x $fcsr",
        "set $medeleg = -1",
        "set $mideleg = -1",
        "stepi",
        "p/x $medeleg & 0xb3ff",
        "p/x $mideleg & 0x222",
      ],
      ...[
        "set $mie = -1",
        "stepi",
        "p/x $mie & 0xaaa",
        "p/x $sie & 0xaaa",
        "set $pmpaddr3 = -1",
        "stepi",
        "p/x $pmpaddr3",
      ],
      ...["set $pc = main", "p/x $pc", "stepi", "p/x $pc"],
    ],
    20,
  );
});

/** The bundled Linux, unpacked for qemu, with the addresses of some of its functions. */
function linux(folder: string): { machine: PeerMachine; address: (name: string) => string } {
  const image = join(folder, "Image");
  writeFileSync(image, gunzipSync(readFileSync(path("public/guests/linux/Image.gz"))));
  const initrd = join(folder, "initramfs.cpio");
  writeFileSync(initrd, gunzipSync(readFileSync(path("public/guests/linux/initramfs.cpio.gz"))));
  const symbols = gunzipSync(readFileSync(path("public/guests/linux/vmlinux.symbols.gz"))).toString();
  const address = (name: string) => {
    const [, digits] = new RegExp(`^([\\da-f]{16}) . ${name}$`, "m").exec(symbols) ?? [];
    if (digits === undefined) throw new Error(`the kernel has no symbol ${name}`);
    return `0x${digits}`;
  };
  const firmware = path("public/firmware/opensbi/fw_dynamic.bin");
  const images = ["-bios", firmware, "-kernel", image, "-initrd", initrd, "-append", "console=hvc0 earlycon=sbi"];
  return { machine: { options: ["-m", "256M", ...images], symbols: null }, address };
}

test("Linux: breakpoints in the kernel, set before there is a page table", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-gdb-linux-"));
  try {
    const { machine, address } = linux(folder);
    const stops = ["start_kernel", "setup_arch", "rest_init", "kernel_init"];
    const text = await compare(
      machine,
      [
        ...stops.map((name) => `hbreak *${address(name)}`),
        ...stops.flatMap(() => [
          "c",
          "p/x $pc",
          "p $priv",
          "p/x $satp >> 60",
          "p/x $sp",
          "x/4i $pc",
          "stepi",
          "p/x $pc",
        ]),
        ...[`x/s ${address("linux_banner")}`, "p/x $stvec", "p/x $sscratch"],
      ],
      40,
    );
    for (const name of stops) expect(text).toContain(`= ${address(name).replace(/^0x0*/, "0x")}\n`);
    expect(text).toContain("Linux version 6.12");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
