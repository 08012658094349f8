/** Disk images with an ext4 file system, made and read without mounting them and without being root. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FileOwner } from "./dpkg-database.ts";
import { runTool } from "./run-tool.ts";

/** Makes an image of `bytes` bytes from a folder. What `owners` does not name belongs to root. */
export async function makeExt4(
  image: string,
  folder: string,
  bytes: number,
  owners: readonly FileOwner[],
): Promise<void> {
  const kib = Math.floor(bytes / 1024);
  await runTool("mke2fs", [
    "-q",
    "-F",
    "-t",
    "ext4",
    "-d",
    folder,
    "-E",
    "root_owner=0:0",
    "-L",
    "debian",
    image,
    `${kib}k`,
  ]).catch((error: Error) => {
    const isFull = /allocate block|no free space|No space/i.test(error.message);
    throw isFull ? new Error(`--size: the packages do not fit ${Math.floor(bytes / 2 ** 20)} MiB`) : error;
  });
  const commands = await ownerCommands(folder, owners);
  if (commands.length > 0) await runTool("debugfs", ["-w", "-f", "-", image], { input: `${commands.join("\n")}\n` });
}

/** Commands of debugfs for every file that does not belong to whom it should. */
async function ownerCommands(folder: string, owners: readonly FileOwner[]): Promise<string[]> {
  const wanted = new Map(owners.map(({ path, uid, gid }) => [path, { uid, gid }]));
  const paths = await readdir(folder, { recursive: true });
  const commands: string[] = [];
  for (const path of paths) {
    const has = await lstat(join(folder, path));
    const { uid, gid } = wanted.get(`/${path}`) ?? { uid: 0, gid: 0 };
    if (has.uid !== uid) commands.push(`set_inode_field "/${path}" uid ${uid}`);
    if (has.gid !== gid) commands.push(`set_inode_field "/${path}" gid ${gid}`);
  }
  return commands;
}

/** Copies a file of the image to the host. Throws an Error if it is not there. */
export async function copyFromExt4(image: string, path: string, to: string): Promise<void> {
  await runTool("debugfs", ["-R", `dump "${path}" "${to}"`, image]);
  if ((await lstat(to).catch(() => null)) === null) throw new Error(`${image} has no ${path}`);
}
