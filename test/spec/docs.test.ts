/** Holds the documents against the code: the tables of groups, the examples, paths and links. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import type { GroupRow } from "../../src/spec/register-table.ts";
import { type RegisterSlot, type RegisterTables, slotLayout } from "../../src/spec/slot-layout.ts";
import { Sync } from "../../src/sync/group-masks.ts";
import { createInlineMachine } from "../../src/worker/inline.ts";

const root = resolve(import.meta.dirname, "../..");
const text = (file: string): string => readFileSync(join(root, file), "utf8");
const registersAndSync = text("docs/registers-and-sync.md");
const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
  readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
);

/** Registers that differ in their numbers only, three or more in a row, are named by the first and the last. */
function namesOf(registers: readonly RegisterSlot[]): string {
  const runs: string[][] = [];
  for (const { row } of registers) {
    const name = row.aliases?.find((alias) => /^[a-z]\d+$/.test(alias)) ?? row.name;
    const last = runs.at(-1);
    if (last?.[0]?.replace(/\d+/g, "#") === name.replace(/\d+/g, "#")) last.push(name);
    else runs.push([name]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}–${run.at(-1)}` : run.join(" "))).join(" ");
}

function classOf(group: GroupRow): string {
  const notes = [group.readonly && "read-only", group.machineWide && "one for the machine"].filter(Boolean);
  return [group.class, ...notes].join(", ");
}

function groupTable(tables: RegisterTables): string {
  const rows = slotLayout(tables).groups.flatMap((group) => {
    if (group === undefined) return [];
    const { row, registers } = group;
    const bytes = registers.reduce((sum, register) => sum + register.bytes, 0);
    return `| ${row.bit} | ${row.name} | ${classOf(row)} | ${row.absent ? "(this CPU has none)" : namesOf(registers)} | ${bytes} |`;
  });
  return ["| bit | group | class | registers | bytes |", "|---|---|---|---|---|", ...rows].join("\n");
}

const targets = readdirSync(join(root, "src/spec"), { withFileTypes: true }).filter((entry) => entry.isDirectory());

test.each(targets.map(({ name }) => name))("the table of groups is that of %s", async (target) => {
  const section = registersAndSync.split(`\n## The groups of ${target}\n`)[1]?.split("\n## ")[0];
  const tables = (await import(`../../src/spec/${target}/register-tables.ts`)).REGISTER_TABLES as RegisterTables;
  expect(section?.match(/^\|.*\|$/gm)?.join("\n")).toBe(groupTable(tables));
});

test("the example prints what its comments say", async () => {
  const example = /```ts\nimport \{ createMachine, Sync \} from "vitrine";\n(.*?)```/s.exec(registersAndSync)![1]!;
  const expected = [...example.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map((match) => match[1]);
  const printed: string[] = [];
  const log = (...values: unknown[]) => {
    printed.push(values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" "));
  };
  const AsyncFunction = (async () => {}).constructor as new (...source: string[]) => (...values: unknown[]) => unknown;
  await new AsyncFunction("createMachine", "Sync", "console", example)(createInlineMachine, Sync, { log });
  expect(printed).toEqual(expected);
  expect(printed.length).toBe(5);
});

test.each(documents)("%s names only files that exist", (document) => {
  const content = text(document).replace(/^```.*?^```/gms, "");
  const links = [...content.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => join(dirname(document), match[1]!));
  const folders = "src|wasm-core|web|test|scripts|docs|public|guest|bin";
  const paths = [...content.matchAll(new RegExp(`\`((?:${folders})/[\\w./-]+)\``, "g"))].map((match) => match[1]!);
  // What the build makes need not be there yet.
  const made = text(".gitignore").split("\n");
  const isMade = (path: string) =>
    made.some((folder) => folder !== "" && `/${path}/`.includes(`/${folder.replace(/^\/|\/$/g, "")}/`));
  expect([...links, ...paths].filter((path) => !isMade(path) && !existsSync(join(root, path)))).toEqual([]);
});
