#!/usr/bin/env node
// The `vitrine` command. In a clone it first brings packages and build up to date; an installed package has both.
import { existsSync } from "node:fs";

const setup = new URL("../scripts/setup.mjs", import.meta.url);
if (existsSync(setup)) {
  const { setUp } = await import(setup.href);
  try {
    await setUp();
  } catch (error) {
    process.stderr.write(`vitrine: ${error.message}\n`);
    process.exit(1);
  }
}
const { main } = await import("../lib/cli/main.js");
const status = await main(process.argv.slice(2));
// A terminal that is still being read would keep the process alive; what was written must be out first.
process.stdout.write("", () => process.stderr.write("", () => process.exit(status)));
// A reader that has stopped reading must not keep the process: what a command had to wait for, it has waited for.
setTimeout(() => process.exit(status), 1000);
