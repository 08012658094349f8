/** Tour: edit a register and change what a program prints. */
import type { Tour } from "../tour.ts";

const isIn = (symbol: string | null, name: string): boolean =>
  symbol === name || symbol?.startsWith(`${name}+`) === true;

export const EDIT: Tour = {
  id: "edit",
  title: "Edit a register and change the output",
  summary: "A program counts in one register. Change it, watch the edit wait, arrive, and come out on the terminal.",
  guest: "hello",
  // It has printed its second line and waits: s1 is 2.
  at: 5551n,
  layout: "debug",
  steps: [
    {
      title: "A number in a register",
      text: [
        "This program prints a number and its square, ten times. The number is nowhere in memory: it lives in register `s1`.",
        "The machine stands between two lines.",
      ],
      task: "In **Registers**, click the value of `s1`, type `1000` and press Enter.",
      panels: ["registers", "terminal"],
      groups: ["CORE"],
      point: { register: "s1" },
      check(look) {
        const s1 = look.shown("s1");
        if (s1 === 1000n) return true;
        return look.pending ? `\`s1\` is ${s1} now; the tour goes on with 1000.` : null;
      },
      outcome: () =>
        "The row says “edited”, and the group CORE shows ◆: the new value is written down beside the machine, and the CPU has not seen it yet. No reading of registers will overwrite it.",
      edits: true,
    },
    {
      title: "The CPU takes it",
      text: ["Edits of all groups go to the CPU together: either it accepts each of them, or none."],
      task: "Press **Apply**.",
      panels: ["registers"],
      groups: ["CORE"],
      point: { button: "apply" },
      check: async (look) => !look.pending && (await look.holds("s1 == 1000")),
      outcome: () =>
        "Now `s1` in the CPU is 1000. The next line would be about 1001: the program adds 1 before it prints.",
      edits: true,
    },
    {
      title: "Meet it on its way",
      text: ["To print the square, the program calls the function `square`, with the number in `a0`."],
      task: "In **Breakpoints**, type `square` as the address, press **Add**, and then **Run**.",
      panels: ["stops", "disassembly"],
      point: { button: "new stop point" },
      async check(look) {
        if (await look.holds("pc == square && a0 == 1001")) return true;
        return look.exitCode === null ? null : "The program has ended: there was no breakpoint on its way.";
      },
      outcome: () =>
        "The program stands before the first instruction of `square`, and `a0` holds 1001: your number, one further.",
      edits: true,
    },
    {
      title: "Another one in passing",
      text: ["The line already says “s1 = 1001, squared”. Its second half depends on what is in `a0` now."],
      task: "Set `a0` to `5`, then press **Out**: the function runs to its end.",
      panels: ["registers"],
      groups: ["CORE"],
      point: { register: "a0" },
      async check(look) {
        const inside = isIn(look.symbolAt(look.pc), "square");
        const a0 = await look.value("a0");
        if (!inside && a0 === 25n) return true;
        return inside || a0 === null ? null : `\`square\` has answered ${a0}; it should be 25, of 5.`;
      },
      outcome: () => "`square` has answered 25 in `a0`, since a function knows nothing but its registers.",
      edits: true,
    },
    {
      title: "On the terminal",
      text: ["The program goes on as if all that was its own doing."],
      task: "In **Breakpoints**, press **Remove all**, and then **Run**.",
      panels: ["stops", "terminal"],
      point: { button: "remove all" },
      check(look) {
        if (look.exitCode === 0 && /^s1 = 1001, squared 25\r?$/m.test(look.printed)) return true;
        return look.exitCode === null ? null : "The program has ended with other lines than this one.";
      },
      outcome: () =>
        "The terminal says “s1 = 1001, squared 25”, and the sum at the end counts your numbers too. That was the tour.",
      edits: true,
    },
  ],
};
