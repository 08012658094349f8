/** Debian packages of other architectures for tests and bench, unpacked below build/debian and never run here. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { at } from "../../scripts/paths.mjs";
import { fetchPackages } from "../../src/cli/images/packages.ts";
import { runTool } from "../../src/cli/images/run-tool.ts";

const MIRROR = "http://deb.debian.org/debian";

export interface WantedPackages {
  readonly architecture: string;
  readonly suite: string;
  readonly names: readonly string[];
}

/** Unpacks packages with all that they depend on into one folder, once; answers the folder. */
export async function unpackedPackages(wanted: WantedPackages): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(wanted)).digest("hex").slice(0, 12);
  const folder = at("build", "debian", `${wanted.suite}-${wanted.architecture}-${hash}`);
  if (existsSync(folder)) return folder;
  process.stderr.write(`Fetching ${wanted.names.join(" ")} (${wanted.suite}, ${wanted.architecture}) …\n`);
  const part = `${folder}.${process.pid}`;
  try {
    mkdirSync(part, { recursive: true });
    const files = await fetchPackages({ ...wanted, mirror: MIRROR }, join(part, "apt"));
    for (const file of files) await runTool("dpkg-deb", ["-x", file, join(part, "root")]);
    renameSync(join(part, "root"), folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return folder;
}
