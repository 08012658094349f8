/** The `vitrine` command. */
import { readFile } from "node:fs/promises";
import { batchCommand } from "./batch/batch.ts";
import { bridgeCommand } from "./gdb-bridge.ts";
import { imagesCommand } from "./images/images.ts";
import { runCommand } from "./run.ts";
import { UsageError } from "./usage-error.ts";

const USAGE = `Usage: vitrine COMMAND

  run [options]     run a virtual machine on this terminal (vitrine run --help)
  test DIR          run every program of a folder and report (vitrine test --help)
  images            make a disk image with Debian; commit or export an overlay (vitrine images --help)
  gdb-bridge        let a gdb debug the machine of a page (vitrine gdb-bridge --help)

  --help            this text
  --version         the version
`;

/** Answers the exit status; what goes wrong is said in one line on stderr. */
export async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  try {
    switch (command) {
      case "run":
        return await runCommand(rest);
      case "test":
        return await batchCommand(rest);
      case "images":
        return await imagesCommand(rest);
      case "gdb-bridge":
        return await bridgeCommand(rest);
      case "--help":
      case "-h":
      case "help":
        process.stdout.write(USAGE);
        return 0;
      case "--version":
        process.stdout.write(`${await version()}\n`);
        return 0;
      case undefined:
        throw new UsageError("a command is missing; vitrine --help lists them");
      default:
        throw new UsageError(`unknown command: ${command}; vitrine --help lists them`);
    }
  } catch (error) {
    process.stderr.write(`vitrine: ${(error as Error).message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function version(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
