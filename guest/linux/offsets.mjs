// Turns the assembly of offsets.c into offsets.json.
// usage: node offsets.mjs OFFSETS.s RELEASE OUT.json
// Shape: { kernel, structs: { NAME: { size, fields: { NAME: { offset, size } } } }, constants: { NAME: value } }, in bytes.
import { readFileSync, writeFileSync } from "node:fs";

const [assembly, kernel, out] = process.argv.slice(2);
if (!assembly || !kernel || !out) throw new Error("usage: node offsets.mjs OFFSETS.s RELEASE OUT.json");
const structs = {};
const constants = {};
for (const match of readFileSync(assembly, "utf8").matchAll(/\.ascii "->(.*)"/g)) {
  const [kind, ...words] = match[1].split(" ");
  const numbers = words.filter((word) => /^-?\d+$/.test(word)).map(Number);
  if (kind === "struct") structs[words[0]] = { size: numbers[0], fields: {} };
  else if (kind === "field") structs[words[0]].fields[words[1]] = { offset: numbers[0], size: numbers[1] };
  else if (kind === "constant") constants[words[0]] = numbers[0];
  else throw new Error(`${assembly}: unknown line "${kind} ${words.join(" ")}"`);
}
if (!structs.task_struct?.fields.pid) throw new Error(`${assembly}: no layout of task_struct found`);
const lines = Object.entries(structs).map(([name, struct]) => `    ${JSON.stringify(name)}: ${JSON.stringify(struct)}`);
writeFileSync(
  out,
  [
    "{",
    `  "kernel": ${JSON.stringify(kernel)},`,
    `  "structs": {\n${lines.join(",\n")}\n  },`,
    `  "constants": ${JSON.stringify(constants)}`,
    "}\n",
  ].join("\n"),
);
