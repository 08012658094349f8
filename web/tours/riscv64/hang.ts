/** Tour: find out why a program hangs, and let it go on. */
import type { Tour } from "../tour.ts";

/** So many instructions without a write are no accident. */
const PATIENCE = 1_000_000n;

export const HANG: Tour = {
  id: "hang",
  title: "Find why this program hangs",
  summary: "A program waits for three interrupts that never come. Ask the machine why, and mend it while it runs.",
  guest: "hang",
  at: null,
  layout: "debug",
  steps: [
    {
      title: "Is it dead?",
      text: ["The terminal has shown its only line for a while. The machine says that it runs. Where?"],
      task: "Press **Pause**.",
      panels: ["terminal", "registers", "disassembly", "stops"],
      groups: ["CORE"],
      point: { button: "pause" },
      check: (look) =>
        look.symbolAt(look.pc)?.startsWith("wait_for_ticks") === true && look.printed.includes("Waiting"),
      note: (look) => ({ seen: look.steps }),
      outcome: () =>
        "It is in `wait_for_ticks`: three instructions that load `ticks`, compare it with `a0`, which is 3, and jump back. It has done that millions of times.",
    },
    {
      title: "Who writes ticks?",
      text: [
        "A watchpoint stops the machine when a place in memory is written. If somebody writes `ticks`, you will see who.",
      ],
      task: "In **Breakpoints**, stop when “memory is accessed” at the address `ticks`, press **Add** and **Run**. Wait a moment, then press **Pause**.",
      panels: ["stops"],
      point: { button: "new stop point" },
      async check(look) {
        const ticks = await look.value("ticks");
        const isWatched = ticks !== null && look.watched.includes(ticks);
        const { seen = 0n } = look.notes;
        if (isWatched && look.steps >= seen + PATIENCE) return look.holds("*(u64*)ticks == 0");
        return look.steps > seen + PATIENCE ? "It has run on, but nothing watches `ticks`." : null;
      },
      outcome: () =>
        "Many instructions later, nobody has written it. The one who should is `handle_trap`, so it is never called: no interrupt is taken.",
    },
    {
      title: "Does the timer do its part?",
      text: [
        "An interrupt needs three things: a device that raises its line, a bit that enables this line, and a CPU that lets interrupts in.",
      ],
      task: "Unfold the groups **LINES** and **IRQEN** in **Registers**, and look at `mtip` and `mie`.",
      panels: ["registers"],
      point: { group: "IRQEN" },
      check: async (look) =>
        look.unfolded.has("LINES") &&
        look.unfolded.has("IRQEN") &&
        (await look.holds("mtip == 1 && (mie & 0x80) != 0")),
      outcome: () =>
        "`mtip` is 1: the timer has done its part long ago. `mie.MTIE` is 1: its line is enabled. There is one gate left.",
    },
    {
      title: "The last gate",
      text: [
        "In M-mode an interrupt is taken only while `mstatus.MIE` is 1. `main` sets `mtvec`, the timer and `mie`, and forgets this bit.",
      ],
      task: "Unfold `mstatus`, set **MIE** to 1, and press **Apply**.",
      panels: ["registers"],
      groups: ["STATUS"],
      point: { register: "mstatus" },
      async check(look) {
        if (await look.holds("(mstatus & 8) != 0 || *(u64*)ticks > 0")) return true;
        return look.pending && ((look.shown("mstatus") ?? 0n) & 8n) === 0n ? "Something is edited, but not MIE." : null;
      },
      outcome: () => "All three are there now. The interrupt that has waited so long comes with the next instruction.",
      edits: true,
    },
    {
      title: "There it is",
      text: ["The watchpoint is still set."],
      task: "Press **Run**.",
      panels: ["stops", "disassembly"],
      point: { button: "run" },
      async check(look) {
        if (await look.holds("*(u64*)ticks >= 1")) return true;
        return (await look.holds("(mstatus & 8) == 0 && *(u64*)ticks == 0"))
          ? "`mstatus.MIE` is 0 again: nothing can come."
          : null;
      },
      outcome: () => "`ticks` has been written, by `handle_trap`: the status line says what it was and what it became.",
      edits: true,
    },
    {
      title: "To the end",
      text: ["Two more, and the program has what it was waiting for."],
      task: "In **Breakpoints**, press **Remove all**, and then **Run**.",
      panels: ["stops", "terminal"],
      point: { button: "remove all" },
      check: (look) => look.exitCode === 0 && look.printed.includes("Three ticks seen."),
      outcome: () =>
        "“Three ticks seen.” In the source it is one line, before `wait_for_ticks`: `set_csr(mstatus, MSTATUS_MIE)`. That was the tour.",
      edits: true,
    },
  ],
};
