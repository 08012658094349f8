/** Tour: a timer interrupt, from the deadline to the next one. */
import type { Tour } from "../tour.ts";

/** mcause of the machine timer's interrupt (privileged specification, 3.1.15). */
const BY_TIMER = "mcause == (1 << 63 | 7)";

export const TIMER: Tour = {
  id: "timer",
  title: "Watch a timer interrupt",
  summary: "A program sleeps until the timer wakes it. See the line rise, the handler come, and the line fall again.",
  guest: "timer",
  // It has asked for the first interrupt and waits in wfi.
  at: 3583n,
  layout: "debug",
  steps: [
    {
      title: "Asleep",
      text: [
        "The program has asked for an interrupt in 100 ms: `mtimecmp` is the deadline, `mtime` the clock, in ticks of 100 ns. Then it executes `wfi`, and the CPU waits.",
      ],
      task: "Open the arrow beside **Pause** and choose “Pause at the next interrupt”.",
      panels: ["registers", "disassembly", "stops", "terminal"],
      groups: ["CORE", "TIME", "VTIME"],
      point: { button: "pause at next" },
      async check(look) {
        if (look.trap?.interrupt === true && (await look.holds(`pc == mtvec && ${BY_TIMER}`))) return true;
        return look.exitCode === null ? null : "The program has run to its end.";
      },
      note: async (look) => ({
        time: (await look.value("mtime")) ?? 0n,
        ticks: (await look.value("*(u64*)ticks")) ?? 0n,
      }),
      outcome: () =>
        "The clock has reached the deadline, and the CPU stands before the first instruction of `trap_entry`.",
    },
    {
      title: "What the CPU wrote down",
      text: [
        "Nobody called this handler: between two instructions the CPU went there by itself. What it did is in the groups MTRAP and STATUS.",
      ],
      task: "Unfold the group **MTRAP** in **Registers**, and in it `mcause`; compare `mstatus`.",
      panels: ["registers"],
      groups: ["STATUS"],
      point: { group: "MTRAP" },
      check: async (look) => look.unfolded.has("MTRAP") && (await look.holds(`${BY_TIMER} && (mstatus & 8) == 0`)),
      outcome: () =>
        "`mcause` has its highest bit set, so it was an interrupt, and 7 is the timer. `mepc` is where the program goes on. `mstatus.MIE` is 0 now, and MPIE keeps what it was: no second interrupt comes into the first.",
    },
    {
      title: "The handler's duty",
      text: [
        "The timer's line, `mtip` in the group LINES, is still high. If the handler returned now, it would be entered again at once. It has to ask for the next deadline.",
      ],
      task: "In **Breakpoints**, type `set_timer` as the address, press **Add**, and then **Run**.",
      panels: ["stops", "disassembly"],
      groups: ["LINES"],
      point: { button: "new stop point" },
      async check(look) {
        if (await look.holds("pc == set_timer && mtip == 1")) return true;
        return look.exitCode === null ? null : "The program has run to its end: there was no breakpoint on its way.";
      },
      note: async (look) => ({ deadline: (await look.value("a0")) ?? 0n }),
      outcome: ({ deadline = 0n, time = 0n }) =>
        `\`a0\` = ${deadline} is the next deadline: about ${deadline - time} ticks after the moment of the interrupt, which is 100 ms.`,
    },
    {
      title: "The line falls",
      text: ["`set_timer` writes that number to `mtimecmp`, a device register at address 0x2004000."],
      task: "Press **Out**, and look at `mtip`.",
      panels: ["registers"],
      groups: ["LINES", "TIME"],
      point: { button: "out" },
      async check(look) {
        const { deadline = 0n } = look.notes;
        const inside = look.symbolAt(look.pc)?.startsWith("set_timer") === true;
        return !inside && (await look.holds(`mtip == 0 && mtimecmp == ${deadline}`));
      },
      outcome: () => "`mtimecmp` is later than `mtime` again, so `mtip` is 0. The interrupt has been answered.",
    },
    {
      title: "And again",
      text: [
        "The handler prints its line and returns with `mret`, which puts MPIE back into MIE. The program sleeps on.",
      ],
      task: "Pause at the next interrupt once more.",
      panels: ["registers", "terminal"],
      groups: ["VTIME"],
      point: { button: "pause at next" },
      async check(look) {
        const { time = 0n, ticks = 0n } = look.notes;
        if (look.exitCode !== null) return "The program has run to its end.";
        if (look.trap?.interrupt !== true) return null;
        return look.holds(`pc == mtvec && ${BY_TIMER} && *(u64*)ticks == ${ticks} + 1 && mtime > ${time}`);
      },
      note: async (look) => ({ second: (await look.value("mtime")) ?? 0n }),
      outcome: ({ second = 0n, time = 0n }) =>
        `${second - time} ticks after the first one: 100 ms to within a few instructions. The deadline is counted from the last deadline, so no delay adds up.`,
    },
    {
      title: "Ten of them",
      text: ["The program ends after ten ticks. Without stop points nothing holds it up."],
      task: "In **Breakpoints**, press **Remove all**, and then **Run**.",
      panels: ["stops", "terminal"],
      point: { button: "remove all" },
      check: (look) => look.exitCode === 0 && look.printed.includes("Ten ticks seen."),
      outcome: () =>
        "Ten lines, a tenth of a second apart, and in between the CPU did nothing at all. That was the tour.",
    },
  ],
};
