/** A folder of this computer, shared: what is in it can be read, and nothing leads out of it or harms the host. */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FolderBackend } from "../../src/host/shares/folder.ts";
import { openFolder } from "../../src/worker/node-files/shared-folder.ts";
import { NO_FID, Refused, ShareClient, T } from "./client.ts";

const scratch = mkdtempSync(join(tmpdir(), "vitrine-share-"));
let number = 0;
let root: string;
let outside: string;
let folder: FolderBackend;
let client: ShareClient;

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

beforeEach(async () => {
  const place = join(scratch, String(number++));
  root = join(place, "shared");
  outside = join(place, "outside");
  mkdirSync(join(root, "docs/deep"), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(root, "hello.txt"), "Hello, guest\n", { mode: 0o640 });
  writeFileSync(join(root, "docs/deep/ünï.txt"), "deep");
  writeFileSync(join(outside, "secret"), "secret");
  await open(true);
});

afterEach(async () => {
  await client.server.session.clear();
  await folder.close();
});

async function open(readOnly: boolean): Promise<void> {
  folder = await openFolder(root, readOnly);
  client = new ShareClient(folder);
  await client.version();
  await client.attach(0);
}

/** The name of the error with which the server refuses. */
async function refusal(asked: Promise<unknown>): Promise<string> {
  const result = await asked.then(
    () => "nothing",
    (error) => error,
  );
  if (result instanceof Refused) return result.message;
  throw result instanceof Error ? result : new Error(`expected an error, got ${result}`);
}

describe("a shared folder", () => {
  test("is read", async () => {
    expect(await client.content("hello.txt")).toBe("Hello, guest\n");
    expect(await client.content("docs", "deep", "ünï.txt")).toBe("deep");
    await client.walk(0, 1, "hello.txt");
    const { mode, uid, gid, size, qid } = await client.attributes(1);
    expect([mode, uid, gid, size, qid[0]]).toEqual([0o100640, 0, 0, 13n, 0]);
    await client.open(1);
    expect([await client.read(1, 7, 5), await client.read(1, 12, 100), await client.read(1, 13, 1)]).toEqual([
      ...["guest", "\n", ""],
    ]);
    expect(await client.read(1, 2n ** 53n - 1n, 1)).toBe("");
    await client.walk(0, 2, "docs");
    expect((await client.attributes(2)).mode & 0o170000).toBe(0o040000);
  });

  test("is listed in the same order everywhere, in parts of any size", async () => {
    for (const name of ["b", "a", "Z", "é"]) writeFileSync(join(root, name), "");
    await client.walk(0, 1);
    await client.open(1);
    const all = await client.names(1);
    expect(all.map(([name]) => name)).toEqual([".", "..", "Z", "a", "b", "docs", "hello.txt", "é"]);
    const parts: string[] = [];
    for (let offset = 0; ; ) {
      const part = await client.names(1, offset, 40);
      if (part.length === 0) break;
      parts.push(...part.map(([name]) => name));
      offset = part[part.length - 1]![1];
    }
    expect(parts).toEqual(all.map(([name]) => name));
  });

  test("numbers a file by its path", async () => {
    await client.walk(0, 1, "docs", "deep");
    await client.walk(0, 2, "docs");
    await client.walk(2, 2, "deep");
    expect((await client.attributes(1)).qid).toEqual((await client.attributes(2)).qid);
  });

  test("shows links, and follows none", async () => {
    symlinkSync("hello.txt", join(root, "inside-link"));
    symlinkSync(outside, join(root, "out"));
    symlinkSync(join(outside, "secret"), join(root, "secret-link"));
    symlinkSync("/proc/self/root", join(root, "docs/root"));
    await client.walk(0, 1, "secret-link");
    expect((await client.attributes(1)).mode & 0o170000).toBe(0o120000);
    expect((await client.ask(T.readlink, (to) => to.u32(1))).text()).toBe(join(outside, "secret"));
    expect(await refusal(client.open(1))).toBe("ELOOP");
    expect(await refusal(client.content("inside-link"))).toBe("ELOOP");
    for (const path of [
      ["out", "secret"],
      ["docs", "root", "etc"],
      ["inside-link", "x"],
    ]) {
      expect(await client.walk(0, 2, ...path)).toBe(path.length - 1);
    }
    await client.walk(0, 3, "out");
    expect(await refusal(client.walk(3, 4, "secret"))).toBe("ENOTDIR");
    expect(await refusal(client.open(3, 0o200000))).toBe("ENOTDIR");
  });

  test("cannot be left by ..", async () => {
    expect(await client.walk(0, 1, "..", "..", "docs", "..", "..", "hello.txt")).toBe(6);
    await client.open(1);
    expect(await client.read(1, 0, 5)).toBe("Hello");
    await client.walk(0, 2, "docs", "deep");
    expect(await client.walk(2, 2, "..", "..", "..", "..", "..")).toBe(5);
    expect((await client.attributes(2)).qid).toEqual((await client.attributes(0)).qid);
    expect(await client.walk(0, 3, "..", "outside")).toBe(1);
  });

  test.each(["", ".", "/", "/etc/passwd", "docs/deep", "../outside/secret", "hello.txt\0", "\0", "docs\0/.."])(
    "refuses the name %j",
    async (name) => {
      expect(await refusal(client.walk(0, 1, name))).toBe("EINVAL");
      expect(await client.walk(0, 1, "docs", name)).toBe(1);
    },
  );

  test("refuses names that are too long, not UTF-8, or too many", async () => {
    expect(await refusal(client.walk(0, 1, "n".repeat(256)))).toBe("ENAMETOOLONG");
    expect(await refusal(client.walk(0, 1, "n".repeat(255)))).toBe("ENOENT");
    const bytes = Uint8Array.of(0xff, 0xfe);
    expect(await refusal(client.ask(T.walk, (to) => to.u32(0).u32(1).u16(1).u16(2).block(bytes)))).toBe("EINVAL");
    expect(await refusal(client.walk(0, 1, ...Array(17).fill("docs")))).toBe("EINVAL");
    expect(await refusal(client.ask(T.walk, (to) => to.u32(0).u32(1).u16(0xffff)))).toBe("EINVAL");
  });

  test("has neither FIFOs nor sockets nor devices in it, and never opens one", async () => {
    execFileSync("mkfifo", [join(root, "fifo")]);
    const server = createServer().listen(join(root, "socket"));
    symlinkSync("/dev/zero", join(root, "zero"));
    try {
      for (const name of ["fifo", "socket"]) expect(await refusal(client.walk(0, 1, name))).toBe("ENOENT");
      expect(await refusal(client.content("zero"))).toBe("ELOOP");
      await client.walk(0, 1);
      await client.open(1);
      expect((await client.names(1)).map(([name]) => name)).toEqual([".", "..", "docs", "hello.txt", "zero"]);
      // A FIFO in the place of a file that the guest has walked to.
      await client.walk(0, 2, "hello.txt");
      rmSync(join(root, "hello.txt"));
      execFileSync("mkfifo", [join(root, "hello.txt")]);
      expect(await refusal(client.open(2))).toBe("ENOENT");
    } finally {
      server.close();
    }
  });

  test("is not left by a link that is put in the place of a name after it was walked to", async () => {
    await client.walk(0, 1, "docs", "deep", "ünï.txt");
    await client.walk(0, 2, "docs", "deep");
    renameSync(join(root, "docs"), join(root, "elsewhere"));
    symlinkSync(outside, join(root, "docs"));
    mkdirSync(join(outside, "deep"));
    writeFileSync(join(outside, "deep/ünï.txt"), "secret");
    expect(await refusal(client.open(1))).toBe("ENOTDIR");
    expect(await refusal(client.open(2))).toBe("ENOTDIR");
    expect(await refusal(client.attributes(1))).toBe("ENOTDIR");
    rmSync(join(root, "docs"));
    renameSync(join(root, "elsewhere"), join(root, "docs"));
    rmSync(join(root, "docs/deep/ünï.txt"));
    symlinkSync(join(outside, "secret"), join(root, "docs/deep/ünï.txt"));
    expect(await refusal(client.open(1))).toBe("ELOOP");
  });

  test("is not left while links and folders change places all the time", async () => {
    writeFileSync(join(outside, "file"), "secret");
    mkdirSync(join(root, "swapped"));
    writeFileSync(join(root, "swapped/file"), "public");
    symlinkSync(outside, join(root, "link"));
    let done = false;
    const seen = new Set<string>();
    const swap = async () => {
      while (!done) {
        renameSync(join(root, "swapped"), join(root, "aside"));
        renameSync(join(root, "link"), join(root, "swapped"));
        await new Promise(setImmediate);
        renameSync(join(root, "swapped"), join(root, "link"));
        renameSync(join(root, "aside"), join(root, "swapped"));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const swapping = swap();
    for (let round = 0; round < 300 || (round < 10_000 && !seen.has("public")); round++) {
      seen.add(await client.content("swapped", "file").catch((error: Refused) => error.message));
    }
    done = true;
    await swapping;
    expect([...seen].filter((text) => text !== "public" && !/^(ENOENT|ENOTDIR|cut short)$/.test(text))).toEqual([]);
    expect(seen.has("public")).toBe(true);
  });

  test("stays as it is when it is read-only", async () => {
    await client.walk(0, 1, "hello.txt");
    for (const flags of [1, 2, 0o1000, 0o2001]) expect(await refusal(client.open(1, flags))).toBe("EROFS");
    expect(await refusal(client.ask(T.lcreate, (to) => to.u32(0).text("new").u32(1).u32(0o644).u32(0)))).toBe("EROFS");
    expect(await refusal(client.ask(T.mkdir, (to) => to.u32(0).text("new").u32(0o755).u32(0)))).toBe("EROFS");
    expect(await refusal(client.ask(T.unlinkat, (to) => to.u32(0).text("hello.txt").u32(0)))).toBe("EROFS");
    expect(await refusal(client.ask(T.renameat, (to) => to.u32(0).text("hello.txt").u32(0).text("b")))).toBe("EROFS");
    const attributes = (to: Parameters<Parameters<ShareClient["ask"]>[1]>[0]) =>
      to.u32(1).u32(8).u32(0).u32(0).u32(0).u64(0).u64(0).u64(0).u64(0).u64(0);
    expect(await refusal(client.ask(T.setattr, attributes))).toBe("EROFS");
    await client.open(1);
    expect(await refusal(client.write(1, 0, "x"))).toBe("EBADF");
    expect(await refusal(client.ask(T.remove, (to) => to.u32(1)))).toBe("EROFS");
    expect(readFileSync(join(root, "hello.txt"), "utf8")).toBe("Hello, guest\n");
  });
});

describe("a shared folder that may be written to", () => {
  beforeEach(async () => {
    await folder.close();
    await open(false);
  });

  test("takes new files and folders, changes, renames and removals", async () => {
    await client.walk(0, 1);
    await client.ask(T.lcreate, (to) => to.u32(1).text("new.txt").u32(0o102).u32(0o4755).u32(0));
    expect(await client.write(1, 3, "written")).toBe(7);
    await client.ask(T.fsync, (to) => to.u32(1));
    expect(readFileSync(join(root, "new.txt"), "utf8")).toBe("\0\0\0written");
    expect(statSync(join(root, "new.txt")).mode & 0o7000).toBe(0);
    await client.ask(T.mkdir, (to) => to.u32(0).text("made").u32(0o700).u32(0));
    await client.walk(0, 2, "made");
    await client.ask(T.renameat, (to) => to.u32(0).text("new.txt").u32(2).text("moved.txt"));
    // The open file has moved with its name.
    expect(await client.write(1, 0, "AB")).toBe(2);
    expect(await client.content("made", "moved.txt")).toBe("AB\0written");
    await client.walk(0, 3, "made", "moved.txt");
    await client.ask(T.setattr, (to) => to.u32(3).u32(9).u32(0o600).u32(0).u32(0).u64(4).u64(0).u64(0).u64(0).u64(0));
    expect([statSync(join(root, "made/moved.txt")).size, statSync(join(root, "made/moved.txt")).mode & 0o777]).toEqual([
      4, 0o600,
    ]);
    expect(await refusal(client.ask(T.unlinkat, (to) => to.u32(0).text("made").u32(0x200)))).toBe("ENOTEMPTY");
    await client.ask(T.unlinkat, (to) => to.u32(2).text("moved.txt").u32(0));
    await client.ask(T.unlinkat, (to) => to.u32(0).text("made").u32(0x200));
    expect(await refusal(client.walk(0, 4, "made"))).toBe("ENOENT");
  });

  test("is not left by what is written, nor does anything make a link or a device in it", async () => {
    symlinkSync(join(outside, "secret"), join(root, "link"));
    symlinkSync(outside, join(root, "out"));
    await client.walk(0, 1, "link");
    expect(await refusal(client.open(1, 1))).toBe("ELOOP");
    await client.walk(0, 2);
    expect(await refusal(client.ask(T.lcreate, (to) => to.u32(2).text("link").u32(1).u32(0o644).u32(0)))).toBe(
      "EEXIST",
    );
    await client.walk(0, 3, "out");
    for (const name of ["new", "../new", ".."]) {
      const wanted = name === "new" ? "ENOTDIR" : "EINVAL";
      expect(await refusal(client.ask(T.lcreate, (to) => to.u32(3).text(name).u32(1).u32(0o644).u32(0)))).toBe(wanted);
      expect(await refusal(client.ask(T.mkdir, (to) => to.u32(3).text(name).u32(0o755).u32(0)))).toBe(wanted);
      expect(await refusal(client.ask(T.renameat, (to) => to.u32(0).text("hello.txt").u32(3).text(name)))).toBe(wanted);
    }
    expect(await refusal(client.ask(T.unlinkat, (to) => to.u32(3).text("secret").u32(0)))).toBe("ENOTDIR");
    for (const type of [T.symlink, T.link, T.mknod]) {
      expect(await refusal(client.ask(type, (to) => to.u32(0).text("x").text("/etc").u32(0)))).toBe("EOPNOTSUPP");
    }
    expect(readFileSync(join(outside, "secret"), "utf8")).toBe("secret");
  });
});

describe("a session", () => {
  test("begins with a version, and another one ends all that was open", async () => {
    const fresh = new ShareClient(folder);
    expect(await refusal(fresh.attach(0))).toBe("EPROTO");
    expect(await fresh.version(0x1_0000, "9P2000.u")).toEqual([0x1_0000, "unknown"]);
    expect(await refusal(fresh.attach(0))).toBe("EPROTO");
    expect(await refusal(fresh.version(4095))).toBe("EINVAL");
    expect(await fresh.version(0xffff_ffff)).toEqual([0x8_0000, "9P2000.L"]);
    await fresh.attach(0);
    await fresh.version();
    expect(await refusal(fresh.walk(0, 1))).toBe("EBADF");
  });

  test("takes fids for one thing at a time", async () => {
    expect(await refusal(client.attach(0))).toBe("EINVAL");
    expect(await refusal(client.attach(9, "/etc"))).toBe("ENOENT");
    expect(await refusal(client.ask(T.attach, (to) => to.u32(9).u32(0).text("").text("").u32(0)))).toBe("EINVAL");
    await client.walk(0, 1, "hello.txt");
    await client.walk(0, 2, "docs");
    expect(await refusal(client.walk(0, 1, "docs"))).toBe("EINVAL");
    await client.open(1);
    expect(await refusal(client.open(1))).toBe("EINVAL");
    expect(await refusal(client.walk(1, 5))).toBe("EINVAL");
    expect(await refusal(client.names(1))).toBe("EBADF");
    expect(await refusal(client.read(2, 0, 1))).toBe("EBADF");
    await client.clunk(1);
    expect(await refusal(client.read(1, 0, 1))).toBe("EBADF");
    expect(await refusal(client.clunk(1))).toBe("EBADF");
    // A walk that ends early leaves the fid as it was.
    expect(await client.walk(2, 2, "deep", "none")).toBe(1);
    expect((await client.attributes(2)).qid).not.toEqual((await client.attributes(0)).qid);
    await client.walk(2, 2, "deep");
    await client.walk(0, NO_FID - 1);
  });

  test("has so many fids and no more", async () => {
    for (let fid = 1; fid < 4096; fid++) await client.server.session.name(fid, []);
    expect(await refusal(client.walk(0, 5000))).toBe("EMFILE");
    await client.clunk(17);
    expect(await client.walk(0, 5000)).toBe(0);
  });

  test("keeps to the size of messages that was agreed upon, and to the room that there is", async () => {
    writeFileSync(join(root, "large"), "x".repeat(100_000));
    await client.version(4096);
    await client.attach(0);
    await client.walk(0, 1, "large");
    await client.open(1);
    expect((await client.read(1, 0, 0xffff_ffff)).length).toBe(4096 - 11);
    const short = await client.ask(T.read, (to) => to.u32(1).u64(0).u32(1000), 100);
    expect(short.u32()).toBe(100 - 11);
    expect(await refusal(client.ask(T.getattr, (to) => to.u32(1).u64(0), 11))).toBe("EMSGSIZE");
    const large = (to: Parameters<Parameters<ShareClient["ask"]>[1]>[0]) => to.block(new Uint8Array(5000));
    expect(await refusal(client.ask(T.write, large))).toBe("EMSGSIZE");
  });

  test("answers whatever bytes come", async () => {
    let seed = 1;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    const types = Object.values(T);
    for (let round = 0; round < 2000; round++) {
      const message = Uint8Array.from({ length: 7 + random(60) }, () => (random(3) ? random(4) : random(256)));
      const view = new DataView(message.buffer);
      view.setUint32(0, random(10) ? message.length : random(200), true);
      message[4] = random(10) ? types[random(types.length)]! : random(256);
      if (message[4] === T.version) continue;
      await client.askRaw(message, 11 + random(5000)).catch((error) => {
        if (!(error instanceof Refused)) throw error;
      });
    }
    await client.version();
    await client.attach(0);
    expect(await client.content("hello.txt")).toBe("Hello, guest\n");
  });

  test("goes on after a snapshot: fids are opened again, and find what is there then", async () => {
    await client.walk(0, 1, "hello.txt");
    await client.open(1);
    await client.walk(0, 2);
    await client.open(2);
    await client.walk(0, 3, "docs", "deep", "ünï.txt");
    await client.open(3);
    const { state } = client.server.session;
    const later = new ShareClient(folder);
    later.server.session.replace(structuredClone(state));
    expect([await later.read(1, 7, 5), (await later.names(2, 2)).length]).toEqual(["guest", 2]);
    rmSync(join(root, "docs"), { recursive: true });
    expect(await refusal(later.read(3, 0, 1))).toBe("ENOENT");
    await later.server.session.clear();
  });
});

test.each([
  ["/nowhere/at/all", "/nowhere/at/all: there is no such folder"],
  ["/etc/passwd", "/etc/passwd is not a folder"],
])("%s cannot be shared", async (path, message) => {
  await expect(openFolder(path, true)).rejects.toThrow(message);
});
