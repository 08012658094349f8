/** Connects the guest's ports with the files that `-chardev` names. */
import { createWriteStream, type WriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { once } from "node:events";
import type { Machine } from "../worker/node.ts";
import type { ChardevOption } from "./device-options.ts";

/** Opens the file of each port, in the order of machine.info.ports. Rejects with an Error that names the one at fault. */
export async function connectPorts(
  machine: Machine,
  chardevs: readonly ChardevOption[],
): Promise<{ close(): Promise<void> }> {
  const files: WriteStream[] = [];
  const close = async () => {
    await Promise.all(files.map((file) => new Promise((done) => (file.destroyed ? done(null) : file.end(done)))));
  };
  try {
    for (const [index, { path, inputPath }] of chardevs.entries()) {
      const port = machine.port(machine.info.ports[index]!.number);
      if (path !== undefined) {
        const file = createWriteStream(path);
        files.push(file);
        await once(file, "open");
        port.onData((bytes) => {
          if (file.destroyed || file.write(bytes)) return;
          return Promise.race([once(file, "drain"), once(file, "close")]).then(() => {});
        });
      }
      if (inputPath !== undefined) await port.write(await readFile(inputPath));
    }
  } catch (error) {
    await close();
    throw new Error(`-chardev: ${(error as Error).message}`);
  }
  return { close };
}
