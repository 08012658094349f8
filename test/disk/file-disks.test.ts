/** Images and overlays in files of Node: formats, locks, faults, and what several machines may do with one image. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BlockBackend } from "../../src/host/backends/block.ts";
import { openDisks } from "../../src/host/backends/open-disks.ts";
import type { DiskOptions } from "../../src/worker/machine-api.ts";
import { nodePlatform } from "../../src/worker/node-adapter.ts";
import { openError, ioError } from "../../src/worker/node-files/file-errors.ts";
import { DISCARD, DiskGuest, IOERR, OK, WRITE_ZEROES } from "./disk-guest.ts";
import { contentOf } from "./sector-content.ts";

/** On a host with ten times as much to do. */
vi.setConfig({ testTimeout: 300_000 });

const SECTORS = 2048;
const all = mkdtempSync(join(tmpdir(), "vitrine-disk-"));
afterAll(() => rmSync(all, { recursive: true }));

let folder = "";
let path = "";
const open: { close(): Promise<void> }[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(all, "test-"));
  path = join(folder, "disk.img");
  writeFileSync(path, contentOf(0, SECTORS, 0));
});
afterEach(async () => {
  for (const disk of open.splice(0)) await disk.close();
});

async function openOne(options: Omit<DiskOptions, "image"> = {}, image = path): Promise<BlockBackend> {
  const [disk] = await openDisks([{ image, ...options }], nodePlatform);
  open.push(disk!);
  return disk!;
}

async function boot(disks: readonly DiskOptions[]): Promise<DiskGuest> {
  const guest = await DiskGuest.create(disks);
  open.push({ close: () => guest.machine.dispose() });
  return guest;
}

const files = () => readdirSync(folder).sort();

test("what the host has at hand is read and written at once, below an overlay too; a file that became shorter is a fault", async () => {
  // A busy host is slow now and then, and for a while nothing is attempted.
  const sectors = async (disk: BlockBackend, n: bigint) => {
    const bytes = new Uint8Array(1024).fill(0xee);
    await vi.waitUntil(() => disk.readNow!(n, bytes), 60_000);
    return bytes;
  };
  const kept = await openOne({ overlay: join(folder, "changes") });
  await kept.write(9n, contentOf(9, 1, 4));
  await kept.writeZeroes!(16n, 8n);
  expect(await sectors(kept, 8n)).toEqual(new Uint8Array([...contentOf(8, 1, 0), ...contentOf(9, 1, 4)]));
  expect(await sectors(kept, 15n)).toEqual(new Uint8Array([...contentOf(15, 1, 0), ...new Uint8Array(512)]));
  await kept.close();
  open.pop();
  const disk = await openOne();
  await vi.waitUntil(() => disk.writeNow!(2n, contentOf(2, 2, 7)), 60_000);
  expect(await sectors(disk, 3n)).toEqual(new Uint8Array([...contentOf(3, 1, 7), ...contentOf(4, 1, 0)]));
  expect(readFileSync(path).subarray(1024, 2048)).toEqual(Buffer.from(contentOf(2, 2, 7)));
  truncateSync(path, 1024 * 512);
  await expect(sectors(disk, 1023n)).rejects.toThrow("disk.img has become shorter while the machine used it");
});

describe("where a guest's writes go", () => {
  test("into the image", async () => {
    const guest = await boot([{ image: path }]);
    expect(await guest.read(7)).toEqual(contentOf(7, 1, 0));
    expect(await guest.writeSectors(7, contentOf(7, 9, 1))).toBe(OK);
    expect(await guest.empty(WRITE_ZEROES, 100, 1000)).toBe(OK);
    expect(await guest.empty(DISCARD, 1200, 8)).toBe(OK);
    expect(await guest.flush()).toBe(OK);
    const content = new Uint8Array(readFileSync(path));
    expect(content.slice(7 * 512, 16 * 512)).toEqual(contentOf(7, 9, 1));
    expect(content.slice(100 * 512, 1100 * 512).every((byte) => byte === 0)).toBe(true);
    expect(content.slice(1100 * 512)).toEqual(contentOf(1100, SECTORS - 1100, 0));
    expect(files()).toEqual(["disk.img", "disk.img.vitrine-lock"]);
    await guest.machine.dispose();
    expect(files()).toEqual(["disk.img"]);
  });

  test("into an overlay, which is there the next time, and the image stays as it is", async () => {
    const overlay = join(folder, "changes");
    const guest = await boot([{ image: path, overlay }]);
    expect(await guest.writeSectors(3, contentOf(3, 30, 1))).toBe(OK);
    expect(await guest.empty(DISCARD, 0, 8)).toBe(OK);
    expect(await guest.flush()).toBe(OK);
    await guest.machine.dispose();
    expect(readFileSync(path).equals(contentOf(0, SECTORS, 0))).toBe(true);
    expect(files()).toEqual(["changes", "disk.img"]);
    const again = await boot([{ image: path, overlay }]);
    expect(await again.read(0, 40 * 512)).toEqual(
      new Uint8Array([...new Uint8Array(8 * 512), ...contentOf(8, 25, 1), ...contentOf(33, 7, 0)]),
    );
  });

  test("nowhere, when they are forgotten with the machine", async () => {
    const guest = await boot([{ image: path, snapshot: true }]);
    expect(await guest.writeSectors(3, contentOf(3, 30, 1))).toBe(OK);
    expect(await guest.empty(DISCARD, 8, 8)).toBe(OK);
    expect(await guest.flush()).toBe(OK);
    expect(await guest.read(3, 5 * 512)).toEqual(contentOf(3, 5, 1));
    expect(await guest.read(8, 8 * 512)).toEqual(new Uint8Array(8 * 512));
    expect(files()).toEqual(["disk.img"]);
    await guest.machine.dispose();
    expect(readFileSync(path).equals(contentOf(0, SECTORS, 0))).toBe(true);
    const scratch = readdirSync(tmpdir()).filter((name) => name.startsWith(`vitrine-${process.pid}-`));
    expect(scratch).toEqual([]);
  });

  test("are refused by a disk that is read-only", async () => {
    const guest = await boot([{ image: path, readOnly: true }]);
    expect(await guest.writeSectors(0, contentOf(0, 1, 1))).toBe(IOERR);
    expect(await guest.empty(WRITE_ZEROES, 0, 8)).not.toBe(OK);
    expect(await guest.read(0)).toEqual(contentOf(0, 1, 0));
    expect(files()).toEqual(["disk.img"]);
  });

  test("of several disks, to the one that the guest means", async () => {
    const second = join(folder, "second.img");
    writeFileSync(second, contentOf(0, 8, 5));
    const disks = [{ image: path, readOnly: true }, { image: second }];
    const machine = await boot(disks);
    const guest = await DiskGuest.create(
      [{ image: path, snapshot: true }, { image: contentOf(0, 8, 5) }],
      undefined,
      1,
    );
    open.push({ close: () => guest.machine.dispose() });
    expect(await machine.read(0)).toEqual(contentOf(0, 1, 0));
    expect(await guest.read(0, 4096)).toEqual(contentOf(0, 8, 5));
  });
});

describe("an image that is in use", () => {
  test("for writing is refused to others, by the process that has it", async () => {
    const disk = await openOne();
    const message = `disk 0: ${path} is in use by another machine (process ${process.pid}), and only one may write to it`;
    await expect(openOne()).rejects.toThrow(message);
    await expect(openOne({ readOnly: true })).rejects.toThrow(message);
    await expect(openOne({ snapshot: true })).rejects.toThrow(message);
    await disk.close();
    await openOne();
  });

  test("as an overlay too; its image may have several", async () => {
    await openOne({ overlay: join(folder, "a") });
    await openOne({ overlay: join(folder, "b") });
    await expect(openOne({ overlay: join(folder, "a") })).rejects.toThrow(
      `${join(folder, "a")} is in use by another machine`,
    );
    // What the overlays are about must not change.
    await openOne({ readOnly: true });
  });

  test("by a process that was killed is free; of another computer's processes nobody knows", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const lock = `${path}.vitrine-lock`;
    const owner = { host: hostname(), process: child.pid, began: "" };
    writeFileSync(lock, JSON.stringify(owner));
    await expect(openOne()).rejects.toThrow(`(process ${child.pid})`);
    const end = once(child, "exit");
    child.kill("SIGKILL");
    await end;
    await (await openOne()).close();
    // The same number, of a process that began at another time.
    writeFileSync(lock, JSON.stringify({ ...owner, process: process.pid, began: "1" }));
    if (existsSync("/proc/self/stat")) await (await openOne()).close();
    writeFileSync(lock, JSON.stringify({ ...owner, host: "elsewhere" }));
    await expect(openOne()).rejects.toThrow(
      `(process ${child.pid} of elsewhere), and only one may write to it; if that is gone, remove ${lock}`,
    );
    writeFileSync(lock, "no lock");
    await openOne();
    expect(files()).toEqual(["disk.img", "disk.img.vitrine-lock"]);
  });
});

describe("an image that is none is named", () => {
  const withBytes = (size: number, ...parts: [number, string | Uint8Array][]) => {
    const bytes = Buffer.alloc(size);
    for (const [at, part] of parts) bytes.set(typeof part === "string" ? Buffer.from(part, "latin1") : part, at);
    return bytes;
  };
  const le = (value: number, bytes: number) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigUInt64LE(BigInt(value));
    return buffer.subarray(0, bytes);
  };
  const KIB = 1024;
  test.each([
    ["qcow2", withBytes(KIB, [0, "QFI\xfb"]), "is a qcow2 image, not a raw disk image: convert it"],
    ["VMDK", withBytes(KIB, [0, "KDMV"]), "is a VMDK image, not a raw disk image"],
    ["VDI", withBytes(KIB, [0, "<<< Oracle VM"], [0x40, "\x7f\x10\xda\xbe"]), "is a VDI image, not a raw disk image"],
    ["VHDX", withBytes(KIB, [0, "vhdxfile"]), "is a VHDX image, not a raw disk image"],
    ["VHD of fixed size", withBytes(4 * KIB, [4 * KIB - 512, "conectix"]), "is a VHD image, not a raw disk image"],
    [
      "gzip",
      withBytes(1000, [0, "\x1f\x8b\x08"]),
      "is compressed with gzip, not a raw disk image: unpack it with gunzip",
    ],
    ["xz", withBytes(1000, [0, "\xfd7zXZ\0"]), "is compressed with xz, not a raw disk image: unpack it with unxz"],
    [
      "sparse",
      withBytes(KIB, [0, "\x3a\xff\x26\xed"]),
      "is an Android sparse image, not a raw disk image: unpack it with simg2img",
    ],
    [
      "ISO",
      withBytes(40 * KIB, [0x8001, "CD001"]),
      "is an ISO 9660 image: a guest can read it, but not write: attach it read-only",
    ],
    ["half a sector", withBytes(1000), "its size of 1000 bytes is not a multiple of 512"],
    ["nothing", Buffer.alloc(0), "its size of 0 bytes is not a multiple of 512"],
    [
      "ext4, cut off",
      withBytes(64 * KIB, [1024 + 4, le(100, 4)], [1024 + 0x38, "\x53\xef"]),
      "has 65536 bytes, but the ext file system in it needs 102400: it was cut off, and what lies behind its end is lost",
    ],
    [
      "ext4 of 64 bits, cut off",
      withBytes(
        64 * KIB,
        [1024 + 0x18, le(2, 4)],
        [1024 + 0x38, "\x53\xef"],
        [1024 + 0x60, le(0x80, 4)],
        [1024 + 0x150, le(1, 4)],
      ),
      "the ext file system in it needs 17592186044416",
    ],
    [
      "partitions, cut off",
      withBytes(64 * KIB, [446 + 4, "\x83"], [446 + 8, le(64, 4)], [446 + 12, le(200, 4)], [510, "\x55\xaa"]),
      "but a partition in it needs 135168",
    ],
    [
      "GPT, cut off",
      withBytes(64 * KIB, [512, "EFI PART"], [544, le(2047, 8)]),
      "but the partition table in it needs 1048576",
    ],
    [
      "squashfs, cut off",
      withBytes(4 * KIB, [0, "hsqs"], [40, le(5000, 8)]),
      "but the squashfs file system in it needs 5000",
    ],
  ])("%s", async (_, content, message) => {
    writeFileSync(path, content);
    await expect(openOne()).rejects.toThrow(`disk 0: ${path}`);
    await expect(openOne()).rejects.toThrow(message);
    expect(files()).toEqual(["disk.img"]);
  });

  test("but a file system that fits, and an ISO image that is only read, are disks", async () => {
    writeFileSync(path, withBytes(128 * KIB, [1024 + 4, le(100, 4)], [1024 + 0x38, "\x53\xef"]));
    await (await openOne()).close();
    writeFileSync(path, withBytes(40 * KIB, [0x8001, "CD001"]));
    await openOne({ readOnly: true });
    await openOne({ snapshot: true }).then(
      () => {},
      (error) => expect.unreachable(String(error)),
    );
  });

  test("a folder, a device, and what is not there", async () => {
    await expect(openOne({}, folder)).rejects.toThrow(`disk 0: ${folder} is a`);
    await expect(openOne({ readOnly: true }, "/dev/null")).rejects.toThrow("disk 0: /dev/null is not a regular file");
    await expect(openOne({}, `${path}.gone`)).rejects.toThrow(`disk 0: ${path}.gone: there is no such file`);
    await expect(openOne({ overlay: join(folder, "no", "file") })).rejects.toThrow(
      `disk 0: ${join(folder, "no", "file")} is to be written to, and its lock cannot be made beside it (ENOENT)`,
    );
    await expect(openOne({ overlay: path })).rejects.toThrow(`disk 0: ${path} exists and is not an overlay`);
  });
});

describe("faults of files", () => {
  test("the guest sees an I/O error, the user one message", async () => {
    const guest = await boot([{ image: path }]);
    truncateSync(path, 512 * 512);
    for (let n = 0; n < 5; n++) {
      const answer = await guest.request(0, 1000n, 4096);
      expect(answer.status).toBe(IOERR);
    }
    expect(await guest.read(100)).toEqual(contentOf(100, 1, 0));
    expect(guest.notices).toEqual([
      `disk 0: the guest gets an I/O error: ${path} has become shorter while the machine used it: put the image back and restart the machine`,
    ]);
    expect(guest.machine.state.kind).toBe("stopped");
  });

  test("a file that was removed cannot keep anything: flush says so", async () => {
    const guest = await boot([{ image: path }]);
    unlinkSync(path);
    expect(await guest.writeSectors(0, contentOf(0, 1, 1))).toBe(OK);
    expect(await guest.flush()).toBe(IOERR);
    expect(await guest.flush()).toBe(IOERR);
    expect(guest.notices).toHaveLength(1);
    expect(guest.notices[0]).toContain(
      `${path} was removed while the machine used it: what the guest writes will be lost`,
    );
  });

  test("what each of the host's errors means", () => {
    const error = (code: string) => Object.assign(new Error(`${code}: something, write`), { code });
    expect(ioError("a.img", error("ENOSPC")).message).toBe(
      "a.img cannot be written to: its file system is full. Make room there; the guest may try again",
    );
    expect(ioError("a.img", error("EDQUOT")).message).toContain("your quota of disk space is used up");
    expect(ioError("a.img", error("EFBIG")).message).toContain("takes no larger files");
    expect(ioError("a.img", error("EIO")).message).toBe(
      "a.img cannot be used any more (EIO): see whether its disk is in order, then restart the machine",
    );
    expect(openError("a.img", error("EACCES")).message).toBe("a.img: permission denied");
    expect(openError("a.img", error("EROFS")).message).toBe("a.img is on a read-only file system");
  });

  test("a process may write files of so many bytes only: an overlay without room fails writes, and loses nothing", async () => {
    // 200 KiB: superblocks and log take 136 of them.
    const script = 'trap \'\' XFSZ; ulimit -f 200; exec "$0" "$@"';
    const program = new URL("full-file.mjs", import.meta.url).pathname;
    const overlay = join(folder, "changes");
    const out = execFileSync("bash", ["-c", script, process.execPath, program, path, overlay], { encoding: "utf8" });
    const { written, message } = JSON.parse(out) as { written: number; message: string };
    expect(message).toBe(`${overlay} cannot be written to: its file system takes no larger files`);
    expect(written).toBeGreaterThan(5);
    expect(statSync(overlay).size).toBeLessThanOrEqual(200 * 1024);
    const disk = await openOne({ overlay });
    expect(await disk.read(0n, written * 4096)).toEqual(contentOf(0, written * 8, 1));
    expect(await disk.read(BigInt(written * 8), 4096)).toEqual(contentOf(written * 8, 8, 0));
  });
});
