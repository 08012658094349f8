/** What the guests of the suite boot: the bundled Linux with the suite added, and a disk with Debian's programs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { LinuxGuest } from "./linux-session.ts";
import { MOUNT_DISK } from "./suite-kernels.ts";

const S_IFREG = 0o100000;
const S_IFCHR = 0o020000;

interface ArchiveFile {
  readonly name: string;
  readonly mode: number;
  readonly data: Uint8Array;
  /** Of a device: major and minor number. */
  readonly device?: readonly [number, number];
}

/** A "newc" archive of files, as the kernel's driver-api/early-userspace has it; archives may follow one another. */
export function cpioArchive(files: readonly ArchiveFile[]): Uint8Array {
  const trailer: ArchiveFile = { name: "TRAILER!!!", mode: 0, data: new Uint8Array() };
  const parts = [...files, trailer].flatMap(({ name, mode, data, device: [major, minor] = [0, 0] }, index) => {
    const fields = [index + 1, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, name.length + 1, 0];
    const head = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}${name}\0`;
    return [padded(Buffer.from(head, "latin1")), padded(data)];
  });
  return Buffer.concat(parts);
}

function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, new Uint8Array(-bytes.length & 3)]);
}

/** The files of the first bundled machine, the kernel unpacked. */
export function bundledLinux(root: string): LinuxGuest<Uint8Array> {
  const [linux] = JSON.parse(readFileSync(join(root, "public", "guests", "index.json"), "utf8"));
  const file = (path: string): Uint8Array => readFileSync(join(root, "public", path));
  return {
    firmware: file(linux.bios),
    kernel: gunzipSync(file(linux.kernel)),
    initrd: file(linux.initrd),
    append: linux.append,
    memory: linux.memory,
    prompt: "vitrine:~# ",
  };
}

/** The bundled Linux, and /suite in it; `disk` is mounted at /mnt. */
export function suiteGuest(root: string, disk?: Uint8Array): LinuxGuest<Uint8Array> {
  const boot = bundledLinux(root);
  const suite = cpioArchive([{ name: "suite", mode: S_IFREG | 0o755, data: suiteProgram("riscv64") }]);
  const mounted = disk === undefined ? {} : { disk, setUp: [MOUNT_DISK] };
  return { ...boot, ...mounted, initrd: Buffer.concat([gunzipSync(boot.initrd), suite]) };
}

/** An archive in which the suite is all there is: the first program, which takes commands from the console. */
export function suiteAlone(architecture: string): Uint8Array {
  const data = suiteProgram(architecture);
  return cpioArchive([
    { name: "suite", mode: S_IFREG | 0o755, data },
    { name: "init", mode: S_IFREG | 0o755, data },
    { name: "dev", mode: 0o040755, data: new Uint8Array() },
    { name: "dev/console", mode: S_IFCHR | 0o600, data: new Uint8Array(), device: [5, 1] },
  ]);
}

function suiteProgram(architecture: string): Uint8Array {
  return readFileSync(join(import.meta.dirname, "suite", `suite-${architecture}`));
}
