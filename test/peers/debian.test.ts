/** Debian's kernel, unmodified: to a shell in its initial file system, and through stress-ng's own checks. */
import { expect, test } from "vitest";
import { SOUND, stockMachine, stress, stressDisk } from "../debian/stock-linux.ts";

test("the stock kernel boots, finds its disk, and 20 seconds of stress-ng find no error", async () => {
  const { machine, shell } = await stockMachine(await stressDisk());
  try {
    await machine.run();
    await shell.shows();
    expect(await shell.run("uname -sm")).toEqual(["Linux riscv64\n", 0]);
    expect(await shell.run("cat /sys/block/vda/size")).toEqual(["2097152\n", 0]);
    expect(await stress(shell, "20s")).toEqual(SOUND);
    await machine.console.write("poweroff -f\n");
    expect((await machine.waitForStop()).reason).toBe("poweroff");
  } finally {
    await machine.dispose();
  }
});
