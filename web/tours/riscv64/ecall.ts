/** Tour: what happens at an ecall, from a process into the kernel and back. */
import { hex, type Tour } from "../tour.ts";

/** Encoding of ecall (vol. I, Environment Call and Breakpoints). */
const AT_ECALL = "*(u32*)pc == 0x73";

export const ECALL: Tour = {
  id: "ecall",
  title: "What happens at an ecall",
  summary: "A process may not touch the terminal. Follow one letter into the kernel, and the process back out.",
  guest: "processes",
  // Process A has just called the function system_call, for its first letter.
  at: 106_308n,
  layout: "debug",
  steps: [
    {
      title: "A process wants something",
      text: [
        "Process A runs in U-mode, where devices are out of reach. It wants a letter to be printed, and has called `system_call`, which puts the request into registers.",
      ],
      task: "Press **Step** until the next instruction is `ecall`.",
      panels: ["registers", "disassembly", "stops", "terminal"],
      groups: ["CORE", "PRIV"],
      point: { button: "step" },
      async check(look) {
        if (await look.holds(`priv == 0 && ${AT_ECALL}`)) return true;
        return (await look.holds("priv != 0")) ? "That was a step too far: the CPU is in the kernel already." : null;
      },
      note: (look) => ({ ecall: look.pc }),
      outcome: () =>
        "`a7` = 1 asks for printing, and `a0` = 0x41 is the letter A. Both are plain registers: what they mean is agreed between processes and kernel, and the CPU knows nothing of it.",
    },
    {
      title: "Into the kernel",
      text: [
        "`ecall` raises an exception on purpose. In one step the CPU writes down where it was (`sepc`), why (`scause`) and from which privilege (`sstatus.SPP`), and goes on in S-mode at the address in `stvec`.",
      ],
      task: "Press **Step** once more.",
      panels: ["registers", "disassembly"],
      groups: ["CORE", "PRIV", "TRAP"],
      point: { button: "step" },
      async check(look) {
        if (await look.holds("priv == 1 && pc == stvec && scause == 8")) return true;
        return (await look.holds("priv == 1 && pc != stvec"))
          ? "The CPU has gone further than the first instruction of the trap handler."
          : null;
      },
      outcome: ({ ecall }) =>
        `\`pc\` is at \`trap_entry\`, in S-mode. \`sepc\` = ${hex(ecall)} still names the ecall, and \`scause\` = 8 says: environment call from U-mode.`,
    },
    {
      title: "Everything is put aside",
      text: [
        "The process must find its registers as they were. `trap_entry` takes the address of a frame from `sscratch`, stores all 31 registers there, and calls `handle_trap` with that address.",
      ],
      task: "In **Breakpoints**, type `handle_trap` as the address, press **Add**, and then **Run**.",
      panels: ["stops", "disassembly"],
      point: { button: "new stop point" },
      async check(look) {
        if (await look.holds("pc == handle_trap && *(u64*)(a0 + 8 * 17) == 1")) return true;
        return look.exitCode === null ? null : "The program has run to its end: there was no breakpoint on its way.";
      },
      note: async (look) => ({ frame: (await look.value("a0")) ?? 0n, printed: BigInt(look.printed.length) }),
      outcome: ({ frame }) =>
        `\`a0\` = ${hex(frame)} is the frame. Its slot 17, at \`a0 + 136\`, holds the process's \`a7\`: the 1 of a moment ago. **Memory** shows it.`,
    },
    {
      title: "The kernel does it",
      text: [
        "`handle_trap` reads the number of the call and its argument from the frame, prints the letter, and adds 4 to the pc in the frame: without that, the process would come back to the same ecall for ever.",
      ],
      task: "Press **Out**: the function runs until it returns.",
      panels: ["disassembly", "terminal"],
      point: { button: "out" },
      async check(look) {
        if (await look.holds("pc == resume && priv == 1")) return true;
        const back = await look.holds("priv == 0");
        return back ? "The process runs again already: start this step again." : null;
      },
      outcome: () =>
        "The letter A is on the terminal. `pc` is at `resume`, which is given the frame to go on with in `a0`.",
    },
    {
      title: "Back to the process",
      text: [
        "`resume` loads all registers from the frame, and `sret` undoes what the trap did: the privilege comes from `sstatus.SPP`, the pc from `sepc`.",
      ],
      task: "Open the arrow beside **Pause** and choose “Pause at the next change of privilege”.",
      panels: ["registers", "disassembly"],
      groups: ["CORE", "PRIV"],
      point: { button: "pause at next" },
      async check(look) {
        const { ecall = 0n } = look.notes;
        if (await look.holds(`priv == 0 && pc == ${ecall} + 4`)) return true;
        return (await look.holds("pc == handle_trap")) ? "This is a later trap already: start this step again." : null;
      },
      outcome: () =>
        "U-mode again, at the instruction behind the ecall, with every register as it was. The process has noticed nothing but the letter. That was the tour.",
    },
  ],
};
