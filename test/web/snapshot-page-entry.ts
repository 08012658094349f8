/** Runs in a page of the tests: a machine that is saved or loaded there. */
import { createMachine } from "../../src/worker/page.ts";

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
});
document.title = "ready";
