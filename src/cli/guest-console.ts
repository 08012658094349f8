/** Where the guest's console is, as `-serial` says: this terminal, a file, or nowhere. */
import { createWriteStream, type WriteStream } from "node:fs";
import { once } from "node:events";
import type { Machine } from "../worker/node.ts";
import type { SerialOption } from "./run-options.ts";
import { Terminal } from "./terminal.ts";

export interface GuestConsole {
  /** Somebody sits at it. */
  readonly isInteractive: boolean;
  /** Resolves when all input that is there before the machine starts has been read. */
  open(waitForPipe: boolean): Promise<void>;
  connect(machine: Machine): Promise<void>;
  /** Resolves when all output is written, or soon if `interrupted`. */
  close(interrupted?: boolean): Promise<void>;
}

/** `onLeave`: the user leaves, or nobody reads any more. Rejects if a file cannot be written. */
export async function openGuestConsole(serial: SerialOption, onLeave: () => void): Promise<GuestConsole> {
  if (serial.kind === "terminal") return new Terminal(onLeave);
  if (serial.kind === "nowhere") return { isInteractive: false, ...SILENT };
  const file = createWriteStream(serial.path);
  try {
    await once(file, "open");
  } catch (error) {
    throw new Error(`-serial file:${serial.path}: ${(error as Error).message}`);
  }
  file.on("error", onLeave);
  return consoleInFile(file);
}

const SILENT = { open: async () => {}, connect: async () => {}, close: async () => {} };

function consoleInFile(file: WriteStream): GuestConsole {
  return {
    ...SILENT,
    isInteractive: false,
    connect: async (machine) => {
      machine.console.onData((bytes) => {
        if (file.destroyed || file.write(bytes)) return;
        return Promise.race([once(file, "drain"), once(file, "close")]).then(() => {});
      });
    },
    close: () => new Promise((resolve) => (file.destroyed ? resolve() : file.end(() => resolve()))),
  };
}
