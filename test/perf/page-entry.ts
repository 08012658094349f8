/** Runs in the bench's page: the same measurements as in Node, against the machine of a web page. */
import { createMachine } from "../../src/worker/page.ts";
import { type Boot, measureBoot, measureKernel } from "./measure.ts";
import { measureSync } from "./sync-measure.ts";

/** Bytes cross from the test driver to the page as base64. */
function bytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

type BootText = Record<"firmware" | "kernel" | "initrd", string> & Omit<Boot, "firmware" | "kernel" | "initrd">;

Object.assign(globalThis, {
  benchKernel: (elf: string) => measureKernel(createMachine, bytes(elf)),
  benchSync: () => measureSync(createMachine),
  benchBoot: ({ firmware, kernel, initrd, ...rest }: BootText) =>
    measureBoot(createMachine, { ...rest, firmware: bytes(firmware), kernel: bytes(kernel), initrd: bytes(initrd) }),
});
document.title = "ready";
