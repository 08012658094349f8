/** The list of bundled machines says what the files beside it are. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("public/guests/index.json is what guest/build-index.mjs would write", () => {
  const script = fileURLToPath(new URL("../../guest/build-index.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
