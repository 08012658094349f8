/** What the attributes of `<vitrine-machine>` mean, and what is said of those that mean nothing. */
import { expect, test } from "vitest";
import { type AttributeName, readAttributes } from "../../../web/embed/attributes.ts";

const read = (attributes: Partial<Record<AttributeName, string>>) => readAttributes((name) => attributes[name] ?? null);

test("none of them: the first machine, its terminal, and a button that starts it", () => {
  expect(read({})).toEqual({
    options: {
      guest: null,
      program: null,
      kernel: null,
      initrd: null,
      snapshot: null,
      prompt: false,
      memory: undefined,
      append: undefined,
      at: undefined,
      panels: new Set(["terminal"]),
      theme: null,
      autostart: false,
    },
    problems: [],
  });
});

test("all that go together", () => {
  const all = {
    guest: "hello",
    kernel: "Image",
    initrd: "initrd.gz",
    start: "prompt",
    memory: "2048",
    append: "",
    at: "5551",
    theme: "light",
    autostart: "",
  };
  expect(read({ ...all, panels: " registers  terminal screen " })).toEqual({
    options: {
      guest: "hello",
      program: null,
      kernel: "Image",
      initrd: "initrd.gz",
      snapshot: null,
      prompt: true,
      memory: 2 ** 31,
      append: "",
      at: 5551n,
      panels: new Set(["registers", "terminal", "screen"]),
      theme: "light",
      autostart: true,
    },
    problems: [],
  });
});

test.each([
  ["memory", "15", "memory: expected a number of MiB from 16 to 2048, not “15”."],
  ["memory", "2049", "memory: expected a number of MiB from 16 to 2048, not “2049”."],
  ["memory", "1e2", "memory: expected a number of MiB from 16 to 2048, not “1e2”."],
  ["at", "-1", "at: expected a number of instructions, not “-1”."],
  ["at", "", "at: expected a number of instructions, not “”."],
  [
    "panels",
    "terminal, registers",
    "panels: expected terminal, screen, registers, or some of them, not “terminal, registers”.",
  ],
  ["kernel", "", "kernel: expected the address of a kernel’s image, not “”."],
  ["initrd", "", "initrd: expected the address of an initial RAM disk, not “”."],
  ["snapshot", "", "snapshot: expected the address of a saved machine, not “”."],
  ["start", "now", "start: expected prompt, not “now”."],
  ["theme", "Dark", "theme: expected dark or light, not “Dark”."],
  ["guest", " ", "guest: expected the name of a machine, not “ ”."],
  ["program", "", "program: expected the address of a program (ELF), not “”."],
] as const)("%s=“%s”", (name, text, sentence) => {
  const { options, problems } = read({ [name]: text });
  expect(problems).toEqual([sentence]);
  // As if it was not there.
  expect(options).toEqual(read({}).options);
});

test.each([
  [{ program: "a.elf", snapshot: "a.vitrine" }, "program, snapshot: expected one of them at most."],
  [{ program: "a.elf", kernel: "Image", snapshot: "a" }, "program, kernel, snapshot: expected one of them at most."],
  [
    { program: "a.elf", initrd: "b" },
    "initrd: expected beside a kernel or a guest, not beside a program or a snapshot.",
  ],
] as const)("what does not go together: %o", (attributes, sentence) => {
  expect(read(attributes).problems).toEqual([sentence]);
});
