/** Fetches Debian packages of another architecture with all that they depend on, by an apt configuration of its own. */
import { access, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "./run-tool.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

export interface PackageRequest {
  /** Debian's name of it. */
  readonly architecture: string;
  readonly suite: string;
  readonly mirror: string;
  /** What `apt-get install` takes: names or patterns. */
  readonly names: readonly string[];
}

/** Throws an Error unless this system can fetch Debian's packages and check their signatures. */
export async function needDebian(): Promise<void> {
  const exists = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );
  if (!(await exists("/usr/bin/apt-get"))) {
    throw new Error("Debian's packages are fetched with apt-get, which only Debian, Ubuntu and their kin have");
  }
  if (!(await exists(KEYRING))) {
    throw new Error(`${KEYRING} is missing: apt-get install debian-archive-keyring`);
  }
}

/** Answers the paths of the package files, all below `folder`. The system's own apt is left alone, and nothing fetched is run. */
export async function fetchPackages(request: PackageRequest, folder: string): Promise<string[]> {
  await needDebian();
  const archives = join(folder, "cache", "archives");
  await mkdir(join(archives, "partial"), { recursive: true });
  await mkdir(join(folder, "state", "lists", "partial"), { recursive: true });
  await writeFile(join(folder, "status"), "");
  const sources = join(folder, "sources.list");
  await writeFile(sources, `deb [signed-by=${KEYRING}] ${request.mirror} ${request.suite} main\n`);
  const settings = Object.entries({
    "APT::Architecture": request.architecture,
    "APT::Architectures::": request.architecture,
    "APT::Install-Recommends": "false",
    "APT::Sandbox::User": "",
    "Acquire::Languages": "none",
    "Acquire::Retries": "3",
    "Debug::NoLocking": "true",
    "Dir::State": join(folder, "state"),
    "Dir::State::status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "Dir::Etc::sourcelist": sources,
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
  });
  const configuration = join(folder, "apt.conf");
  await writeFile(
    configuration,
    `#clear APT::Architectures;\n${settings.map(([key, value]) => `${key} "${value}";\n`).join("")}`,
  );
  const env = { APT_CONFIG: configuration, DEBIAN_FRONTEND: "noninteractive" };
  await runTool("apt-get", ["-q", "-o", "APT::Update::Error-Mode=any", "update"], { env });
  await runTool("apt-get", ["-q", "-y", "--download-only", "install", "--", ...request.names], { env });
  const files = await readdir(archives);
  return files
    .filter((file) => file.endsWith(".deb"))
    .sort()
    .map((file) => join(archives, file));
}
