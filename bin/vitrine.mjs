#!/usr/bin/env node
// The command `vitrine`. In a working copy it brings packages and build up to date first; an installed package has both.
import { existsSync } from "node:fs";

const setup = new URL("../scripts/setup.mjs", import.meta.url);

if (existsSync(setup)) {
  try {
    const { setUp } = await import(setup.href);
    await setUp(["lib"]);
  } catch (error) {
    process.stderr.write(`vitrine: ${error.message}\n`);
    process.exit(1);
  }
}
await import("../dist/lib/cli/main.js");
