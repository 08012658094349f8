/** The command line of `vitrine images`: what it means, and one line for each that is wrong. */
import { expect, test } from "vitest";
import { parseImageOptions } from "../../../src/cli/images/image-options.ts";

test("what a bare command builds", () => {
  expect(parseImageOptions(["build", "debian"])).toEqual({
    help: false,
    out: "debian.ext4",
    bytes: 2 * 2 ** 30,
    packages: ["python3", "lua5.4", "sqlite3", "gcc", "libc6-dev", "gdb", "git"],
    suite: "trixie",
    mirror: "http://deb.debian.org/debian",
    engine: "vitrine",
    verbose: false,
  });
});

test("every option", () => {
  const line =
    "build debian --out x/sid.img --size 900M --packages lua5.4,g++ --suite sid --mirror https://example.org/debian " +
    "--with qemu --verbose";
  expect(parseImageOptions(line.split(" "))).toEqual({
    help: false,
    out: "x/sid.img",
    bytes: 900 * 2 ** 20,
    packages: ["lua5.4", "g++"],
    suite: "sid",
    mirror: "https://example.org/debian",
    engine: "qemu",
    verbose: true,
  });
  expect(parseImageOptions(["build", "debian", "--packages", ""]).packages).toEqual([]);
  expect(parseImageOptions(["--help"]).help).toBe(true);
});

test.each([
  ["", "vitrine images knows only: build debian, commit, export"],
  ["list", "vitrine images knows only: build debian, commit, export"],
  ["build", "vitrine images build : only debian can be built"],
  ["build fedora", "vitrine images build fedora: only debian can be built"],
  ["build debian twice", '"twice" is one word too many'],
  ["build debian --size", "--size needs a value"],
  ["build debian --size 2T", '--size: "2T" is not a size such as 2G or 900M'],
  ["build debian --size 100M", "--size: 100M is not between 512M and 64G"],
  ["build debian --size 65G", "--size: 65G is not between 512M and 64G"],
  ["build debian --packages a;b", '--packages: "a;b" is not a list of package names'],
  ["build debian --packages --reinstall", '--packages: "--reinstall" is not a list of package names'],
  ["build debian --suite ../etc", '--suite: "../etc" is not the name of a release'],
  ["build debian --mirror file:/x", '--mirror: "file:/x" is not an address that begins with http'],
  ["build debian --with bochs", '--with: "bochs" is not vitrine or qemu'],
  ["build debian --out a/", '--out: "a/" is not the name of a file, without commas'],
  ["build debian --out a,b", '--out: "a,b" is not the name of a file, without commas'],
  ["build debian --fast", "unknown option: --fast"],
])("vitrine images %s", (line, message) => {
  expect(() => parseImageOptions(line.split(" ").filter(Boolean))).toThrow(new Error(message));
});
