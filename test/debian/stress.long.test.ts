/** Ten minutes of stress-ng, by the guest's clock, in Debian's kernel. */
import { expect, test } from "vitest";
import { SOUND, stockMachine, stress, stressDisk } from "./stock-linux.ts";

test("ten minutes of stress-ng find no error", async () => {
  const { machine, shell } = await stockMachine(await stressDisk());
  try {
    await machine.run();
    await shell.shows();
    expect(await stress(shell, "10m")).toEqual(SOUND);
  } finally {
    await machine.dispose();
  }
});
