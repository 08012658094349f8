// The bundled machines, in the order in which page and command offer them. build-index.mjs adds the facts about the files.

/** Paths are relative to public/; `picture` is what its terminal says, for the gallery. */
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
    picture: ["vitrine:~# uname -sr", "Linux 6.12.107-vitrine", "vitrine:~# ./count", "1", "2"],
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
    picture: ["BusyBox v1.37.0", "built-in shell (ash)", "", "vitrine:~# top", ""],
    prompt: "vitrine:~# ",
  },
  program("hello", "Hello", "Says hello over the UART and prints ten numbers from register s1; edit it while paused.", ["Hello from a bare machine", "", "s1 = 1, squared 1", "s1 = 2, squared 4", "s1 = 3, squared 9"]),
  program("timer", "Timer interrupts", "Ten timer interrupts, one every 100 ms, each answered by a trap handler.", ["tick 1: 100 ms", "tick 2: 200 ms", "tick 3: 300 ms", "tick 4: 400 ms", "tick 5: 500 ms"]),
  program("processes", "Two processes", "A tiny kernel under Sv39: two processes, system calls, and a timer that takes turns.", ["Two processes under Sv39", "", "ABABABABABABABABABAB", "Process A ends", "Process B ends"]),
  program("fault", "Page faults", "A handler answers page faults: it maps pages on demand, copies on write, and refuses the rest.", ["Store page fault", "  at 0x40000000", "  first = 42", "Load page fault", "  second = 0"]),
  program("hang", "A program that hangs", "Waits for three timer interrupts that never come. Find out why; one edited bit makes it go on.", ["Waiting for three timer", "interrupts ..."]),
];

function program(id, title, description, picture) {
  return {
    id,
    title,
    description,
    target: "riscv64",
    memory: 64 << 20,
    bios: null,
    kernel: `guests/${id}.elf`,
    console: "uart",
    picture,
    sources: { folders: ["board", id] },
  };
}
