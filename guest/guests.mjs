// The bundled machines, in the order in which page and command offer them. build-index.mjs adds the facts about the files.

/** Paths are relative to public/. */
export const guests = [
  {
    id: "linux",
    title: "Linux",
    description: "Linux 6.12 with a BusyBox shell, booted by OpenSBI: a whole operating system to look inside.",
    target: "riscv64",
    memory: 256 << 20,
    bios: "firmware/opensbi/fw_dynamic.bin",
    kernel: "guests/linux/Image.gz",
    initrd: "guests/linux/initramfs.cpio.gz",
    append: "console=hvc0 earlycon=sbi",
    console: "virtio",
    symbols: "guests/linux/vmlinux.symbols.gz",
    offsets: "guests/linux/offsets.json",
    prompt: "vitrine:~# ",
  },
  {
    id: "screen",
    title: "Linux with a screen",
    description: "The same Linux with a screen, a keyboard and a pointer: a shell on its framebuffer, beside the terminal's.",
    target: "riscv64",
    memory: 256 << 20,
    bios: "firmware/opensbi/fw_dynamic.bin",
    kernel: "guests/linux/Image.gz",
    initrd: "guests/linux/initramfs.cpio.gz",
    append: "console=tty0 console=hvc0 earlycon=sbi",
    console: "virtio",
    screen: { width: 640, height: 480 },
    inputs: ["keyboard", "tablet"],
    symbols: "guests/linux/vmlinux.symbols.gz",
    offsets: "guests/linux/offsets.json",
    prompt: "vitrine:~# ",
  },
  program("hello", "Hello", "Says hello over the UART and prints ten numbers from register s1; edit it while paused."),
  program("timer", "Timer interrupts", "Ten timer interrupts, one every 100 ms, each answered by a trap handler."),
  program("processes", "Two processes", "A tiny kernel under Sv39: two processes, system calls, and a timer that takes turns."),
  program("fault", "Page faults", "A handler answers page faults: it maps pages on demand, copies on write, and refuses the rest."),
  program("hang", "A program that hangs", "Waits for three timer interrupts that never come. Find out why; one edited bit makes it go on."),
];

function program(id, title, description) {
  return {
    id,
    title,
    description,
    target: "riscv64",
    memory: 64 << 20,
    bios: null,
    kernel: `guests/${id}.elf`,
    console: "uart",
    sources: { folders: ["board", id] },
  };
}
