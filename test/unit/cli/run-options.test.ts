/** QEMU's options on the command line: what they mean here, and one line for each that is wrong. */
import { expect, test } from "vitest";
import { machineFromOptions } from "../../../src/cli/machine-from-options.ts";
import { parseRunOptions } from "../../../src/cli/run-options.ts";

const machine = (line: string) => machineFromOptions(parseRunOptions(line.split(" ").filter(Boolean)), false);
const drive = "-drive file=a.img,format=raw,if=none,id=d0";

test("a full QEMU command line", async () => {
  const line =
    "-M virt -m 512M -smp 1 -cpu rv64 -bios fw.bin -kernel Image -initrd i.gz -append console=ttyS0 " +
    `${drive},readonly=on -device virtio-blk-device,drive=d0,bus=virtio-mmio-bus.3 -device virtio-rng-device ` +
    "-device virtio-serial-device -device virtconsole -global virtio-mmio.force-legacy=false -icount shift=3 " +
    "-nographic -display none -serial mon:stdio -no-reboot --clock icount --timeout 2.5 --stats";
  expect(await machine(line)).toEqual({
    target: "riscv64",
    memory: 512 << 20,
    firmware: "fw.bin",
    kernel: "Image",
    initrd: "i.gz",
    append: "console=ttyS0",
    disks: [{ image: "a.img", readOnly: true, slot: 3 }],
    entropy: true,
    entropySlot: 7,
    console: "virtio",
    consoleSlot: 6,
    shift: 3,
    clock: "icount",
    paced: false,
    noReboot: true,
    semihosting: false,
    jit: { log: false },
  });
  const { timeout, stats } = parseRunOptions(line.split(" "));
  expect([timeout, stats]).toEqual([2.5, true]);
  const { load, saveAtExit } = parseRunOptions(["--load", "a.snapshot", "--save-at-exit", "b.snapshot"]);
  expect([load, saveAtExit]).toEqual(["a.snapshot", "b.snapshot"]);
});

test("disks whose changes are kept elsewhere, or forgotten", async () => {
  const disks = async (drives: string, more = "") => {
    const devices = "-device virtio-blk-device,drive=d0,serial=first -device virtio-blk-device,drive=d1";
    return (await machine(`${more} -kernel k -drive file=a,id=d0${drives} -drive file=b,id=d1,readonly=on ${devices}`))
      .disks;
  };
  const second = { image: "b", readOnly: true, slot: 6 };
  expect(await disks(",snapshot=on")).toEqual([
    { image: "a", readOnly: false, snapshot: true, serial: "first", slot: 7 },
    second,
  ]);
  expect(await disks("", "-snapshot")).toEqual([
    { image: "a", readOnly: false, snapshot: true, serial: "first", slot: 7 },
    second,
  ]);
  expect(await disks(",overlay=c")).toEqual([
    { image: "a", readOnly: false, overlay: "c", serial: "first", slot: 7 },
    second,
  ]);
});

test("shared folders, ports, flash, firmware configuration", async () => {
  const line =
    "-virtfs local,path=/a,mount_tag=one,security_model=mapped-xattr -fsdev local,id=f,path=/b,readonly=off " +
    "-device virtio-9p-device,fsdev=f,mount_tag=two,bus=virtio-mmio-bus.2 -device virtio-serial-device " +
    "-chardev file,id=c,path=out,input-path=in -device virtserialport,chardev=c,name=org.x " +
    "-chardev null,id=n -device virtconsole,chardev=n -drive if=pflash,unit=1,file=vars.fd,snapshot=on " +
    "-fw_cfg opt/a,string=text -fw_cfg name=opt/b,file=b.bin -kernel k";
  const { shares, ports, flash, firmwareFiles, console } = await machine(line);
  expect(shares).toEqual([
    { tag: "one", folder: "/a", readOnly: true },
    { tag: "two", folder: "/b", readOnly: false, slot: 2 },
  ]);
  expect([ports, console]).toEqual([[{ kind: "serial", name: "org.x" }, { kind: "console" }], "uart"]);
  expect(flash).toEqual([null, { image: "vars.fd", readOnly: false, snapshot: true }]);
  expect(firmwareFiles).toEqual([
    { name: "opt/a", content: new TextEncoder().encode("text") },
    { name: "opt/b", content: "b.bin" },
  ]);
  const terminal = "-chardev stdio,id=s -device virtio-serial-device -device virtconsole,chardev=s";
  expect((await machine(`-kernel k ${terminal}`)).console).toBe("virtio");
  // What is in flash needs no kernel, and gets none that nobody named.
  const { kernel, firmware, flash: banks } = await machine("-bios none -pflash code.fd");
  expect([kernel, firmware, banks]).toEqual([undefined, undefined, [{ image: "code.fd", readOnly: false }]]);
});

test.each([
  ["-virtfs local,path=/a", "-virtfs local,path=/a: mount_tag= is missing"],
  ["-virtfs proxy,path=/a,mount_tag=a", "-virtfs proxy is not supported, only local"],
  ["-fsdev local,id=f,path=/a", "-fsdev id=f: no -device uses it"],
  ["-device virtio-9p-device,fsdev=g,mount_tag=a", "there is no -fsdev with id=g"],
  ["-chardev socket,id=c", "-chardev socket is not supported, only file, null or stdio"],
  ["-chardev null,id=c -device virtserialport,chardev=c", "needs a -device virtio-serial-device"],
  ["-pflash a -drive if=pflash,unit=0,file=b", "there are two images for flash bank 0"],
  ["-pflash a -pflash b -pflash c", "-pflash: there are 2 banks of flash"],
  ["-drive if=pflash,unit=2,file=b", '-drive unit: "2" is not a number from 0 to 1'],
  ["-fw_cfg opt/a", "one of file= and string= is needed"],
])("%s", async (line, message) => {
  await expect((async () => machine(`-kernel k ${line}`))()).rejects.toThrow(message);
});

test("a screen with its size, keyboard and pointer", async () => {
  const line =
    "-kernel k -device virtio-gpu-device,xres=1024,yres=768,bus=virtio-mmio-bus.2 -device virtio-keyboard-device " +
    "-device virtio-tablet-device,bus=virtio-mmio-bus.1";
  const { screen, inputs } = await machine(line);
  expect(screen).toEqual({ width: 1024, height: 768, slot: 2 });
  expect(inputs).toEqual([
    { device: "keyboard", slot: 7 },
    { device: "tablet", slot: 1 },
  ]);
  expect((await machine("-kernel k -device virtio-gpu-device")).screen).toEqual({ slot: 7 });
});

test("without -kernel the bundled Linux, with its own console", async () => {
  const options = await machine("");
  expect(options.kernel).toMatch(/public\/guests\/linux\/Image\.gz$/);
  expect(options.initrd).toMatch(/public\/guests\/linux\/initramfs\.cpio\.gz$/);
  expect(options.firmware).toMatch(/public\/firmware\/opensbi\/fw_dynamic\.bin$/);
  expect(options.console).toBe("virtio");
  expect((await machine("-append quiet")).append).toBe("quiet");
});

test("-bios none means no firmware, none at all means the bundled one", async () => {
  expect((await machine("-bios none -kernel k.elf")).firmware).toBeUndefined();
  expect((await machine("-kernel k.elf")).firmware).toMatch(/fw_dynamic\.bin$/);
});

test.each([
  ["-m 1G", 1 << 30],
  ["-m 64", 64 << 20],
  ["-m size=131072k", 128 << 20],
])("%s", async (line, memory) => {
  expect((await machine(`-kernel k ${line}`)).memory).toBe(memory);
});

test("compiled code is wanted unless --no-jit, and logged with --jit-log", async () => {
  expect((await machine("-kernel k")).jit).toEqual({ log: false });
  expect((await machine("-kernel k --no-jit")).jit).toBe(false);
  expect((await machine("-kernel k --jit-log -")).jit).toEqual({ log: true });
  expect(parseRunOptions(["--jit-explain", "0x80200000"]).jitExplain).toBe(0x8020_0000n);
  expect(parseRunOptions(["--jit-log", "log.txt"]).jitLog).toBe("log.txt");
});

test("where gdb may come: loopback, unless an address says otherwise", () => {
  const gdb = (...args: string[]) => parseRunOptions(args).gdb;
  expect(gdb("-s")).toEqual({ host: "127.0.0.1", port: 1234 });
  expect(gdb("-gdb", "tcp::5000")).toEqual({ host: "127.0.0.1", port: 5000 });
  expect(gdb("-gdb", "tcp:0.0.0.0:5000,server=on,wait=off")).toEqual({ host: "0.0.0.0", port: 5000 });
  expect(gdb("-gdb", "tcp:[::1]:5000")).toEqual({ host: "::1", port: 5000 });
  expect(gdb("-s", "-gdb", "none")).toBeUndefined();
});

test("console, monitor, device tree, semihosting", async () => {
  expect(parseRunOptions(["-serial", "file:a:b"]).serial).toEqual({ kind: "file", path: "a:b" });
  expect(parseRunOptions(["-serial", "null"]).serial).toEqual({ kind: "nowhere" });
  expect(parseRunOptions(["-M", "virt,dumpdtb=a.dtb"])).toMatchObject({ machine: "virt", dumpDtb: "a.dtb" });
  expect((await machine("-kernel k -dtb a.dtb")).deviceTree).toBe("a.dtb");
  expect((await machine("-kernel k -semihosting")).semihosting).toBe(true);
  expect((await machine("-kernel k -semihosting-config enable=on,target=native")).semihosting).toBe(true);
  expect(parseRunOptions(["-S"]).stopped).toBe(true);
  expect(parseRunOptions(["-d", "int,cpu_reset", "-D", "a.log"])).toMatchObject({
    log: ["int", "cpu_reset"],
    logFile: "a.log",
  });
});

test.each([
  ["-frobnicate", "unknown option: -frobnicate"],
  ["--kernal x", "unknown option: --kernal"],
  ["-netdev user,id=n", "option is not supported: -netdev"],
  ["-qmp stdio", "option is not supported: -qmp"],
  ["Image", '"Image" is not an option'],
  ["-gdb unix:/tmp/s", "-gdb unix:/tmp/s is not supported, only tcp::PORT, tcp:HOST:PORT or none"],
  ["-gdb tcp::99999", "-gdb tcp::99999 is not supported, only tcp::PORT, tcp:HOST:PORT or none"],
  ["-monitor stdio", "-monitor stdio needs a -serial that is not this terminal: file:FILE or null"],
  ["-monitor pty", "-monitor pty is not supported, only none or stdio"],
  ["-dtb a -append b -kernel k", "-append and -dtb do not go together"],
  ["-M virt,accel=kvm", "-M: accel=kvm is not supported"],
  ["-semihosting-config enable=maybe", "-semihosting-config: enable=maybe is neither on nor off"],
  ["-d in_asm", "-d in_asm is not supported, only int or cpu_reset"],
  ["-kernel", "-kernel needs a value: FILE"],
  ["-M sifive_u", "-M sifive_u is not supported, only virt"],
  ["-cpu sifive-u54", "-cpu sifive-u54 is not supported, only rv64"],
  ["-smp 4", "-smp 4 is not supported, only 1"],
  ["-m lots", "-m lots: not a size such as 256M"],
  ["-display gtk", "-display gtk is not supported, only none"],
  ["-serial pty", "-serial pty is not supported, only mon:stdio, stdio, file:FILE, null or none"],
  ["-icount shift=auto", '-icount: "auto" is not a number from 0 to 10'],
  ["-icount shift=2,sleep=off", "-icount: sleep=off is not supported"],
  ["--clock fast", "--clock fast is not supported, only icount or realtime"],
  ["--jit-explain main", "--jit-explain main: not an address such as 0x80200000"],
  ["--jit-log", "--jit-log needs a value: FILE|-"],
  ["--jit-log - --no-jit", "--jit-log and --no-jit do not go together"],
  ["--timeout soon", "--timeout soon: not a number of seconds above 0"],
  ["-global a.b=c", "-global a.b=c is not supported, only virtio-mmio.force-legacy=false"],
  ["-drive file=a.img,if=none", "-drive file=a.img,if=none: id= is missing"],
  ["-drive id=d0,if=none", "-drive id=d0,if=none: file= is missing"],
  ["-drive file=a.qcow2,format=qcow2,if=none,id=d", "-drive: format=qcow2 is not supported, only raw"],
  ["-drive file=a,if=virtio,id=d", "-drive: if=virtio is not supported, only none with a -device"],
  ["-drive file=a,id=d,cache=none", "-drive: cache=none is not supported"],
  ["-drive file=a,id=d,snapshot=on,readonly=on", "readonly=on and snapshot=on do not go together"],
  ["-drive file=a,id=d,snapshot=on,overlay=b", "snapshot=on and overlay= do not go together"],
  ["-drive file=a,id=d,overlay=", "overlay= names no file"],
  [
    `${drive},overlay=b -snapshot -device virtio-blk-device,drive=d0`,
    "-drive id=d0: overlay= and -snapshot do not go together",
  ],
  [
    `${drive} -device virtio-blk-device,drive=d0,serial=twenty-one-characters`,
    "-device: serial=twenty-one-characters is longer than 20 bytes",
  ],
  [`${drive} ${drive}`, "-drive: there are two drives with id=d0"],
  [drive, "-drive id=d0: no -device uses it"],
  ["-device virtio-blk-device", "-device virtio-blk-device: drive= is missing"],
  ["-device virtio-blk-device,drive=x", "-device virtio-blk-device,drive=x: there is no -drive with id=x"],
  [
    `${drive} -device virtio-blk-device,drive=d0,bus=pcie.0`,
    "-device: bus=pcie.0 is not supported, only virtio-mmio-bus.N",
  ],
  [
    "-device virtio-net-device",
    "-device virtio-net-device is not supported, only virtio-blk-device, virtio-rng-device, virtio-serial-device, virtio-gpu-device, virtio-keyboard-device, virtio-tablet-device, virtio-mouse-device, virtconsole",
  ],
  ["-device virtio-gpu-device,xres=wide", '-device xres: "wide" is not a number from 0 to 65535'],
  ["-device virtio-keyboard-device,xres=640", "-device: xres"],
  ["-device virtconsole", "-device virtconsole needs a -device virtio-serial-device"],
  ["-bios none", "-bios none needs a -kernel"],
  ["-initrd x", "-initrd needs a -kernel"],
])("%s", async (line, message) => {
  await expect((async () => machine(line))()).rejects.toThrow(message);
});
