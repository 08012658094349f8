/** Makes a disk image with Debian, as debootstrap does in two stages: packages unpacked here, configured in the guest. */
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, statfs, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { DEBIAN } from "../machine-from-options.ts";
import { unpackPackages } from "./dpkg-database.ts";
import { copyFromExt4, makeExt4 } from "./ext4-image.ts";
import { firstInitrd } from "./first-initrd.ts";
import { CONFIGURE, INIT, PROGRESS, setUpFiles } from "./guest-scripts.ts";
import type { ImageOptions } from "./image-options.ts";
import { fetchPackages, needDebian } from "./packages.ts";
import { needTools } from "./run-tool.ts";
import { runSecondStage } from "./second-stage.ts";

/** Everything essential, what a machine of its own needs to start, and what a person expects at its prompt. */
const BASE = [
  "?essential",
  ...["apt", "debian-archive-keyring", "systemd-sysv", "udev", "dbus", "login", "passwd", "mount", "kmod", "e2fsprogs"],
  ...["initramfs-tools", "busybox-static", "zstd", "procps", "less", "nano"],
];
/** Of the host's disk while building, for each byte of the image: packages, their files, the image. */
const SCRATCH = 1.25;
/** What the disk's name is followed by, for itself, its kernel and its initrd. */
const RESULTS = ["", ".kernel", ".initrd"];
/** A shell's status for a process that a signal ended. */
const STATUS_INTERRUPTED = 130;

export async function buildDebian(options: ImageOptions, say: (text: string) => void): Promise<void> {
  const began = Date.now();
  const out = resolve(options.out);
  await needDebian();
  await needTools(["apt-get", "dpkg-deb", "tar", "xz", "mke2fs", "debugfs"]);
  await mkdir(dirname(out), { recursive: true });
  const present = (await readdir(dirname(out))).find((name) =>
    RESULTS.some((suffix) => name === basename(out) + suffix),
  );
  if (present !== undefined)
    throw new Error(`${join(dirname(out), present)} is there already: remove it, or choose another --out`);
  await needSpace(dirname(out), options.bytes * SCRATCH);
  const scratch = await mkdtemp(`${out}.building-`);
  const clean = () => rmSync(scratch, { recursive: true, force: true });
  const leave = () => {
    clean();
    process.exit(STATUS_INTERRUPTED);
  };
  process.once("SIGINT", leave).once("SIGTERM", leave);
  try {
    await build(options, scratch, say);
    for (const suffix of RESULTS) await rename(join(scratch, `disk${suffix}`), `${out}${suffix}`);
  } finally {
    process.off("SIGINT", leave).off("SIGTERM", leave);
    clean();
  }
  const name = basename(out);
  say(
    `${name}, ${name}.kernel and ${name}.initrd are ready after ${Math.round((Date.now() - began) / 1000)} s; to boot:`,
  );
  say(`  vitrine run ${machineArguments(options.out).map(quoted).join(" ")}`);
}

/** Makes `disk`, `disk.kernel` and `disk.initrd` in the scratch folder. */
async function build(options: ImageOptions, scratch: string, say: (text: string) => void): Promise<void> {
  const root = join(scratch, "root");
  const disk = join(scratch, "disk");
  say(`fetching packages of ${options.suite} from ${options.mirror} …`);
  const packages = await fetchPackages(
    { ...options, architecture: DEBIAN.architecture, names: [...BASE, DEBIAN.kernelPackage, ...options.packages] },
    join(scratch, "apt"),
  );
  say(`unpacking ${packages.length} packages …`);
  const owners = await unpackPackages(packages, root, (done) => {
    if (done % 50 === 0) say(`  ${done} of ${packages.length}`);
  });
  await rm(join(scratch, "apt"), { recursive: true });
  for (const [path, text] of Object.entries(setUpFiles(options.mirror, options.suite))) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const kernel = (await readdir(join(root, "boot"))).find((name) => name.startsWith("vmlinu"));
  if (kernel === undefined) throw new Error(`${DEBIAN.kernelPackage} of ${options.suite} brings no kernel`);
  say("making the disk …");
  await makeExt4(disk, root, options.bytes, owners);
  await writeFile(join(scratch, "disk.initrd"), await firstInitrd(root, INIT, CONFIGURE));
  await rename(join(root, "boot", kernel), join(scratch, "disk.kernel"));
  await rm(root, { recursive: true });
  say(`second stage: a machine boots and configures the packages (${options.engine}) …`);
  await runSecondStage(machineArguments(disk, "console=ttyS0 quiet panic=-1"), options.engine, (line) => {
    if (options.verbose) process.stderr.write(`${line}\n`);
    else if (line.startsWith(PROGRESS)) say(`  ${line.slice(PROGRESS.length)}`);
  });
  await copyFromExt4(disk, `/boot/initrd.img-${kernel.slice(kernel.indexOf("-") + 1)}`, join(scratch, "disk.initrd"));
}

/** Options of `vitrine run` for an image with its kernel and initrd beside it. */
function machineArguments(image: string, append = "root=/dev/vda rw console=ttyS0"): string[] {
  return [
    ...["-m", "1G", "-kernel", `${image}.kernel`, "-initrd", `${image}.initrd`, "-append", append],
    ...["-drive", `file=${image},format=raw,if=none,id=d0`, "-device", "virtio-blk-device,drive=d0"],
  ];
}

function quoted(word: string): string {
  return /^[\w./,=:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

async function needSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes) return;
  const gib = (count: number) => `${(count / 2 ** 30).toFixed(1)} GiB`;
  throw new Error(`${folder} has ${gib(bavail * bsize)} left; building takes up to ${gib(bytes)} (--size, --out)`);
}
