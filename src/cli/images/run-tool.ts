/** Runs a program of the host that a build needs. */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";

export interface ToolOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What it reads; nothing if absent. */
  readonly input?: string;
  /** File for its output, which is the answer otherwise. */
  readonly output?: string;
  /** Of the answer; bytes are "latin1". */
  readonly encoding?: "utf8" | "latin1";
}

/** Packages of Debian by the programs that they bring. */
const PACKAGES: Readonly<Record<string, string>> = {
  "apt-get": "apt",
  "dpkg-deb": "dpkg",
  tar: "tar",
  xz: "xz-utils",
  mke2fs: "e2fsprogs",
  debugfs: "e2fsprogs",
};
/** Programs for file systems lie here, which is not in everybody's PATH. */
const SUPERUSER_PATHS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Answers what it prints. Throws an Error with its last lines if it fails or with its package if it is not there. */
export async function runTool(file: string, args: readonly string[], options: ToolOptions = {}): Promise<string> {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: "C", PATH: [process.env.PATH, ...SUPERUSER_PATHS].join(":"), ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => reject(error.code === "ENOENT" ? missing(file) : error));
    child.on("close", resolve);
  });
  const printed: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stderr.on("data", (bytes: Buffer) => complaints.push(bytes));
  if (options.output === undefined) child.stdout.on("data", (bytes: Buffer) => printed.push(bytes));
  const written =
    options.output === undefined ? Promise.resolve() : pipeline(child.stdout, createWriteStream(options.output));
  // One that ends early has said why.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const [status] = await Promise.all([ended, written]);
  if (status !== 0) {
    const lines = Buffer.concat([...printed, ...complaints])
      .toString()
      .trim()
      .split("\n")
      .slice(-8)
      .join("\n");
    throw new Error(`${file} ${args.join(" ")} failed (${status ?? "killed"}):\n${lines}`);
  }
  return Buffer.concat(printed).toString(options.encoding ?? "utf8");
}

/** Throws an Error that names the package of the first program that is not there. */
export async function needTools(files: readonly string[]): Promise<void> {
  for (const file of files)
    await runTool("sh", ["-c", 'command -v "$0"', file]).catch(() => Promise.reject(missing(file)));
}

function missing(file: string): Error {
  const from = PACKAGES[file];
  return new Error(`${file} is missing${from === undefined ? "" : `: apt-get install ${from}`}`);
}
