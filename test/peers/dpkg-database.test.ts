/** What dpkg itself makes of packages that were unpacked without it. */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { unpackPackages } from "../../src/cli/images/dpkg-database.ts";
import { makeExt4 } from "../../src/cli/images/ext4-image.ts";
import { runTool } from "../../src/cli/images/run-tool.ts";

const folder = mkdtempSync(join(tmpdir(), "vitrine-dpkg-"));
const root = join(folder, "root");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

async function makePackage(name: string, files: Record<string, string>, fields: string[] = []): Promise<string> {
  const source = join(folder, `${name}.source`);
  const control = [
    ...[`Package: ${name}`, "Version: 1.0-1", "Maintainer: Nobody <nobody@example.org>"],
    ...(fields.length === 0 ? ["Architecture: all"] : fields),
    "Description: a test",
    "",
  ].join("\n");
  const sums = Object.entries(files).filter(([path]) => !/^(DEBIAN|etc)\//.test(path));
  const md5sums = sums.map(([path, text]) => `${md5(text)}  ${path}\n`).join("");
  for (const [path, text] of Object.entries({ "DEBIAN/control": control, "DEBIAN/md5sums": md5sums, ...files })) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), text);
  }
  chmodSync(join(source, "DEBIAN"), 0o755);
  const file = join(folder, `${name}.deb`);
  await runTool("dpkg-deb", ["--root-owner-group", "-b", source, file]);
  return file;
}

test("packages count as unpacked, dpkg configures them, and then nothing is amiss", async () => {
  const packages = [
    await makePackage("plain", {
      "usr/bin/plain": "#!/bin/sh\n",
      "usr/share/plain/a name -> with blanks": "x",
      "etc/plain.conf": "answer=42\n",
      "DEBIAN/conffiles": "/etc/plain.conf\nremove-on-upgrade /etc/old.conf\n",
      "DEBIAN/triggers": "# a comment\ninterest-noawait /usr/share/plain\ninterest rebuild\nactivate other\n",
    }),
    await makePackage("library", { "usr/lib/library.so": "y" }, ["Architecture: riscv64", "Multi-Arch: same"]),
  ];
  const owners = await unpackPackages(packages, root, () => {});
  const database = ["--admindir", join(root, "var/lib/dpkg")];
  const query = (...args: string[]) => runTool("dpkg-query", [...database, ...args]);

  expect(await query("-W", "-f", "$".concat("{binary:Package} $").concat("{Status}\n"))).toBe(
    "library:riscv64 install ok unpacked\nplain install ok unpacked\n",
  );
  expect(
    (await query("-L", "plain")).split("\n").filter((path) => !/^\/(\.|usr|etc|usr\/share|usr\/bin)$/.test(path)),
  ).toEqual(["/etc/plain.conf", "/usr/bin/plain", "/usr/share/plain", "/usr/share/plain/a name -> with blanks", ""]);
  expect(await query("-L", "library:riscv64")).toContain("/usr/lib/library.so\n");
  expect(await query("-S", "/usr/bin/plain")).toBe("plain: /usr/bin/plain\n");
  expect(readFileSync(join(root, "var/lib/dpkg/triggers/File"), "utf8")).toBe("/usr/share/plain plain/noawait\n");
  expect(readFileSync(join(root, "var/lib/dpkg/triggers/rebuild"), "utf8")).toBe("plain\n");
  expect(owners.find(({ path }) => path === "/etc/plain.conf.dpkg-new")).toEqual({
    path: "/etc/plain.conf.dpkg-new",
    uid: 0,
    gid: 0,
  });

  // The system on which this runs is of another architecture than the guest.
  writeFileSync(join(root, "var/lib/dpkg/arch"), "amd64\nriscv64\n");
  const dpkg = (...args: string[]) => runTool("dpkg", ["--root", root, "--force-not-root,script-chrootless", ...args]);
  await dpkg("--configure", "-a");
  expect([await dpkg("--audit"), await dpkg("--verify")]).toEqual(["", ""]);
  expect(await query("-W", "-f", "$".concat("{db:Status-Status}$").concat("{Conffiles}\n"), "plain")).toBe(
    `installed /etc/plain.conf ${md5("answer=42\n")}\n`,
  );
  expect(readFileSync(join(root, "etc/plain.conf"), "utf8")).toBe("answer=42\n");
});

test("files of the image belong to whom their packages say", async () => {
  const tree = join(folder, "tree");
  mkdirSync(join(tree, "a folder"), { recursive: true });
  writeFileSync(join(tree, "a folder", "shadow"), "secret");
  writeFileSync(join(tree, "plain"), "x");
  const image = join(folder, "image");
  await makeExt4(image, tree, 8 << 20, [{ path: "/a folder/shadow", uid: 0, gid: 42 }]);
  const owner = async (path: string) =>
    /User:\s+(\d+)\s+Group:\s+(\d+)/.exec(await runTool("debugfs", ["-R", `stat "${path}"`, image]))?.slice(1);
  expect([await owner("/a folder/shadow"), await owner("/a folder"), await owner("/plain")]).toEqual([
    ["0", "42"],
    ["0", "0"],
    ["0", "0"],
  ]);
  writeFileSync(join(tree, "large"), Buffer.alloc(9 << 20, 1));
  await expect(makeExt4(image, tree, 8 << 20, [])).rejects.toThrow("--size: the packages do not fit 8 MiB");
});
