/** Tour: a page fault that the program's own handler answers. */
import { hex, type Tour } from "../tour.ts";

const VA = 0x4000_0000n;

export const PAGE_FAULT: Tour = {
  id: "page-fault",
  title: "Follow a page fault",
  summary: "A store to an address that nothing is mapped at, and how the same store succeeds a moment later.",
  guest: "fault",
  // The next instruction is the first store to the window that is mapped on demand.
  at: 105_028n,
  layout: "debug",
  steps: [
    {
      title: "A store to nowhere",
      text: [
        "The program runs in S-mode with paging on. The next instruction stores 42 to the address in `s1`, 0x40000000. No page is mapped there.",
      ],
      task: "Press **Step**.",
      panels: ["registers", "disassembly", "stops"],
      groups: ["CORE", "TRAP"],
      point: { button: "step" },
      async check(look) {
        if (await look.holds(`pc == stvec && scause == 15 && stval == ${VA}`)) return true;
        return (await look.holds("scause != 0"))
          ? "The CPU has gone further than the first instruction of the trap handler."
          : null;
      },
      note: async (look) => ({ store: (await look.value("sepc")) ?? 0n }),
      outcome: ({ store }) =>
        `The store has not happened. The CPU is at \`trap_entry\`: \`scause\` = 15 is a store page fault, \`stval\` the address, and \`sepc\` = ${hex(store)} names the store.`,
    },
    {
      title: "Why it failed, and who decides",
      text: [
        "**Address space** walks an address as the CPU does: type `stval` there, and see at which entry the walk ends. The handler looks at the same entry; if there is none, it calls `give_page`.",
      ],
      task: "In **Breakpoints**, type `give_page` as the address, press **Add**, and then **Run**.",
      panels: ["space", "stops"],
      point: { button: "new stop point" },
      async check(look) {
        if (await look.holds(`pc == give_page && a0 == ${VA}`)) return true;
        if (look.exitCode !== null) return "The program has run to its end: there was no breakpoint on its way.";
        return (await look.holds("pc == give_page")) ? "This is a later fault already: start this step again." : null;
      },
      outcome: () => "`a0` holds the address that wants a page. The tables are still as they were.",
    },
    {
      title: "A page is given",
      text: ["`give_page` takes a fresh page of physical memory and writes an entry for it into the page table."],
      task: "Press **Out**, and walk the address once more.",
      panels: ["space"],
      point: { button: "out" },
      async check(look) {
        const inside = look.symbolAt(look.pc)?.startsWith("give_page") === true;
        return !inside && (await look.translate(VA, "store")) !== null;
      },
      note: async (look) => ({ page: (await look.translate(VA, "store"))?.pa ?? 0n }),
      outcome: ({ page }) =>
        `The walk now ends at physical ${hex(page)}, readable and writable. \`sfence.vma\` will tell the CPU to forget what it knew of that address.`,
    },
    {
      title: "The same instruction again",
      text: [
        "The handler returns without touching `sepc`. So `sret` leads to the very store that has failed, as if it had never been tried.",
      ],
      task: "In **Breakpoints**, add one at the address `sepc`, and press **Run**.",
      panels: ["stops", "disassembly"],
      groups: ["TRAP"],
      point: { button: "new stop point" },
      async check(look) {
        const { store = 0n } = look.notes;
        if (await look.holds(`pc == ${store} && *(u64*)${VA} == 0`)) return true;
        return (await look.holds(`*(u64*)${VA} != 0`))
          ? "The store has been executed already: start this step again."
          : null;
      },
      outcome: () => "The CPU stands before the store, and the fresh page holds 0.",
    },
    {
      title: "This time it works",
      text: ["Nothing in the program knows that the page was not there a moment ago."],
      task: "Press **Step**.",
      panels: ["disassembly", "registers"],
      point: { button: "step" },
      async check(look) {
        const { page = 0n } = look.notes;
        return look.holds(`*(u64*)${VA} == 42 && *(u64*)phys(${page}) == 42`);
      },
      outcome: ({ page }) =>
        `42 is at virtual ${hex(VA)}, which is physical ${hex(page)}. This is how systems hand out memory only when it is touched. That was the tour.`,
    },
  ],
};
