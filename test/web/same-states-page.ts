/** Runs in a page of the tests: machines that are saved, loaded and stepped there. */
import { createMachine, type MachineOptions } from "../../src/worker/page.ts";

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const textOf = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

Object.assign(globalThis, {
  /** Steps, or loads, then saves, then steps again: the file, and the state hashes at the file and after it. */
  saveAndGoOn: async (kernel: string, snapshot: string | null, before: number, after: number) => {
    const machine = await createMachine({
      target: "riscv64",
      memory: 16 << 20,
      kernel: bytesOf(kernel),
      entropy: true,
      paced: false,
    });
    if (snapshot === null) await machine.step(before);
    else await machine.load(bytesOf(snapshot));
    const file = textOf(await machine.save());
    const hashes = [await machine.stateHash()];
    await machine.step(after);
    hashes.push(await machine.stateHash());
    await machine.dispose();
    return { file, hashes };
  },
  /** State hashes of a machine at these steps; its images come in base64. */
  hashesAt: async (options: MachineOptions, images: Record<string, string>, steps: readonly number[]) => {
    const files = Object.fromEntries(Object.entries(images).map(([name, image]) => [name, bytesOf(image)]));
    const machine = await createMachine({ ...options, ...files });
    const hashes: string[] = [];
    let done = 0;
    for (const step of steps) {
      await machine.step(step - done);
      done = step;
      hashes.push(await machine.stateHash());
    }
    await machine.dispose();
    return hashes;
  },
});
document.title = "ready";
