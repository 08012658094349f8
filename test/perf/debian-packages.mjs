// Debian packages of other architectures for guests of the bench, unpacked below build/bench and never run here.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, Complaint } from "../../scripts/paths.mjs";
import { runProcess } from "../../scripts/run-process.mjs";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

async function must(file, args) {
  const { status, output } = await runProcess(file, args, { capture: true });
  if (status !== 0) throw new Complaint(`${output.trim()}\n${file} ${args.at(-1)} failed with status ${status}.`);
}

/**
 * Unpacks packages with all that they depend on into one folder, once; answers the folder. The system's own apt is left alone.
 * @param {{ architecture: string, suite: string, names: readonly string[], dependencies?: boolean }} wanted
 */
export async function unpackedPackages({ architecture, suite, names, dependencies = false }) {
  const folder = at("build", "bench", `${suite}-${architecture}`);
  const root = join(folder, "root");
  if (existsSync(root)) return root;
  if (!existsSync("/usr/bin/apt-get") || !existsSync(KEYRING)) {
    throw new Complaint(`The bench needs Debian's apt-get and keyring to fetch ${names.join(" ")} (${architecture}).`);
  }
  process.stderr.write(`Fetching ${names.join(" ")} (${suite}, ${architecture}) …\n`);
  rmSync(folder, { recursive: true, force: true });
  const archives = join(folder, "cache", "archives");
  mkdirSync(join(archives, "partial"), { recursive: true });
  mkdirSync(join(folder, "state", "lists", "partial"), { recursive: true });
  writeFileSync(join(folder, "status"), "");
  writeFileSync(
    join(folder, "sources.list"),
    `deb [signed-by=${KEYRING}] http://deb.debian.org/debian ${suite} main\n`,
  );
  const options = Object.entries({
    "APT::Architecture": architecture,
    "APT::Architectures::": architecture,
    "APT::Install-Recommends": "false",
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Acquire::Retries": "3",
    "Debug::NoLocking": "true",
    "Dir::State": join(folder, "state"),
    "Dir::State::status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "Dir::Etc::sourcelist": join(folder, "sources.list"),
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
  });
  const conf = join(folder, "apt.conf");
  writeFileSync(
    conf,
    `#clear APT::Architectures;\n${options.map(([key, value]) => `${key} "${value}";`).join("\n")}\n`,
  );
  process.env.APT_CONFIG = conf;
  try {
    await must("/usr/bin/apt-get", ["-q", "update"]);
    if (dependencies) await must("/usr/bin/apt-get", ["-q", "-y", "--download-only", "install", ...names]);
    else await must("/usr/bin/env", ["-C", archives, "apt-get", "-q", "download", ...names]);
  } finally {
    delete process.env.APT_CONFIG;
  }
  const part = `${root}.part`;
  for (const file of readdirSync(archives).filter((name) => name.endsWith(".deb"))) {
    await must("/usr/bin/dpkg-deb", ["-x", join(archives, file), part]);
    rmSync(join(archives, file));
  }
  renameSync(part, root);
  return root;
}
