/** v86 in the page's main thread, as its users run it: a guest for i386 whose only program is the suite. */
import { V86 } from "v86";
import { MarkedConsole, type Session } from "./linux-session.ts";
import { promptWatch } from "./measure.ts";

/** Addresses of files, relative to the page. */
export interface V86Guest {
  readonly wasm: string;
  readonly bios: string;
  readonly vgaBios: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly append: string;
  readonly memory: number;
  readonly prompt: string;
}

export async function startV86(guest: V86Guest): Promise<Session> {
  const emulator = new V86({
    wasm_path: guest.wasm,
    bios: { url: guest.bios },
    vga_bios: { url: guest.vgaBios },
    bzimage: { url: guest.kernel },
    initrd: { url: guest.initrd },
    cmdline: guest.append,
    memory_size: guest.memory,
    autostart: true,
    disable_keyboard: true,
    disable_mouse: true,
    disable_speaker: true,
  });
  const seen = promptWatch(guest.prompt);
  await new Promise<void>((resolve) => {
    emulator.add_listener("serial0-output-byte", (byte: number) => {
      if (seen(Uint8Array.of(byte))) resolve();
    });
  });
  const marked = new MarkedConsole();
  emulator.add_listener("serial0-output-byte", (byte: number) => marked.take(Uint8Array.of(byte)));
  await emulator.stop();
  return {
    // It stands still while others are timed: it shares the page's thread, and its clock would wake the processor.
    run: async (command) => {
      await emulator.run();
      const measured = await marked.run(command, (line) => emulator.serial0_send(line));
      await emulator.stop();
      return measured;
    },
    close: () => emulator.destroy(),
  };
}
