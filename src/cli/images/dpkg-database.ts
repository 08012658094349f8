/**
 * Unpacks packages as dpkg does, without running anything of theirs: their files, and dpkg's notes that they are unpacked and
 * await their configuration (dpkg(1), "Package states"; deb(5), deb-conffiles(5), deb-triggers(5)).
 */
import { appendFile, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "./run-tool.ts";

/** A file whose owner, group or mode the host may not have been able to set. */
export interface FileOwner {
  /** From the root, beginning with a slash. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
}

/** Folders that Debian has below /usr; the links are there before the first package. */
const MERGED_FOLDERS = ["bin", "lib", "sbin"];
const DATABASE = "var/lib/dpkg";

/** Answers who owns what; on the host everything may belong to the caller. `onProgress` hears how many packages are done. */
export async function unpackPackages(
  files: readonly string[],
  root: string,
  onProgress: (done: number) => void,
): Promise<FileOwner[]> {
  for (const name of MERGED_FOLDERS) {
    await mkdir(join(root, "usr", name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
  const database = join(root, DATABASE);
  for (const name of ["info", "triggers", "updates", "parts", "alternatives"]) {
    await mkdir(join(database, name), { recursive: true });
  }
  await writeFile(join(database, "info", "format"), "1\n");
  for (const name of ["available", "diversions", "statoverride"]) await writeFile(join(database, name), "");
  const owners: FileOwner[] = [];
  for (const [index, file] of files.entries()) {
    owners.push(...(await unpack(file, root)));
    onProgress(index + 1);
  }
  return owners;
}

async function unpack(file: string, root: string): Promise<FileOwner[]> {
  const database = join(root, DATABASE);
  const control = join(database, "tmp.ci");
  await runTool("dpkg-deb", ["--control", file, control]);
  const stanza = (await readFile(join(control, "control"), "utf8")).trim();
  const name = infoName(stanza);

  const archive = join(database, "data.tar");
  await runTool("dpkg-deb", ["--fsys-tarfile", file], { output: archive });
  await runTool("tar", ["-x", "-p", "--keep-directory-symlink", "-f", archive, "-C", root]);
  const entries = parseListing(
    await runTool("tar", ["-t", "-v", "--numeric-owner", "--quoting-style=literal", "-f", archive]),
  );
  await rm(archive);

  const conffiles = await conffilesOf(control);
  // dpkg puts a configuration file in place when it configures the package.
  for (const path of conffiles) await rename(join(root, path), join(root, `${path}.dpkg-new`));
  await appendFile(join(database, "status"), `${statusOf(stanza, conffiles)}\n\n`);
  await writeFile(join(database, "info", `${name}.list`), entries.map(({ path }) => `${path}\n`).join(""));
  await noteTriggers(control, database, name);
  for (const part of await readdir(control)) {
    if (part !== "control") await rename(join(control, part), join(database, "info", `${name}.${part}`));
  }
  await rm(control, { recursive: true });
  const isConffile = new Set(conffiles);
  return entries.map(({ path, ...owner }) => ({ ...owner, path: isConffile.has(path) ? `${path}.dpkg-new` : path }));
}

/** How dpkg's database calls a package: those of which several architectures can be installed bear theirs. */
function infoName(stanza: string): string {
  const name = field(stanza, "Package");
  return field(stanza, "Multi-Arch") === "same" ? `${name}:${field(stanza, "Architecture")}` : name;
}

function field(stanza: string, name: string): string {
  return new RegExp(`^${name}: *(.*)$`, "m").exec(stanza)?.[1] ?? "";
}

async function conffilesOf(control: string): Promise<string[]> {
  const text = await readFile(join(control, "conffiles"), "utf8").catch(() => "");
  // A line that begins with a flag names a file that the package does not have any more.
  return text.split("\n").filter((line) => line.startsWith("/"));
}

function statusOf(stanza: string, conffiles: readonly string[]): string {
  const status = stanza.replace(/^(Package: .*)$/m, "$1\nStatus: install ok unpacked");
  return conffiles.length === 0
    ? status
    : `${status}\nConffiles:\n${conffiles.map((path) => ` ${path} newconffile`).join("\n")}`;
}

/** Which package wants to hear of what: files and folders in one list, names in a file each. */
async function noteTriggers(control: string, database: string, name: string): Promise<void> {
  const text = await readFile(join(control, "triggers"), "utf8").catch(() => "");
  for (const line of text.split("\n")) {
    const [, noawait, trigger] = /^\s*interest(?:-await|(-noawait))?\s+(\S+)/.exec(line) ?? [];
    if (trigger === undefined) continue;
    const who = `${name}${noawait === undefined ? "" : "/noawait"}`;
    const isFile = trigger.startsWith("/");
    await appendFile(join(database, "triggers", isFile ? "File" : trigger), `${isFile ? `${trigger} ` : ""}${who}\n`);
  }
}

/** Lines of `tar -tv`: mode, owner/group, size, date, time, name, and where a link leads. */
function parseListing(listing: string): FileOwner[] {
  return listing.split("\n").flatMap((line) => {
    const [, kind, uid, gid, rest] = /^(\S)\S+\s+(\d+)\/(\d+)\s+\S+\s\S+\s\S+\s(.+)$/.exec(line) ?? [];
    if (rest === undefined) return [];
    const target = kind === "l" ? " -> " : kind === "h" ? " link to " : undefined;
    const name = target === undefined ? rest : rest.slice(0, rest.lastIndexOf(target));
    const path = name.replace(/^\./, "").replace(/\/$/, "");
    return [{ path: path === "" ? "/." : path, uid: Number(uid), gid: Number(gid) }];
  });
}
