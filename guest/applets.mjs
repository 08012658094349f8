// Prints the names of the applets inside a busybox binary, read from its table, since the foreign binary can't be run here.
// usage: node applets.mjs BUSYBOX
import { readFileSync } from "node:fs";

const text = readFileSync(process.argv[2]).toString("latin1");
// The table is one run of NUL-terminated sorted names that begins with "[" and "[[" and ends with an empty name.
const start = text.indexOf("[\0[[\0");
if (start < 0) throw new Error(`${process.argv[2]}: no applet table found`);
const names = text.slice(start, text.indexOf("\0\0", start)).split("\0");
if (!names.includes("sh") || !names.includes("init")) throw new Error(`${process.argv[2]}: no applets sh and init`);
console.log(names.filter((name) => name !== "busybox").join("\n"));
