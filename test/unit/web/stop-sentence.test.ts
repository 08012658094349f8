/** Every kind of stop in words. */
import { expect, test } from "vitest";
import type { StopHit, StoppedState } from "../../../src/worker/page.ts";
import { type StopNames, stopSentence } from "../../../web/model/stop-sentence.ts";

const names: StopNames = {
  privilege: "S",
  process: null,
  privilegeName: (number) => "US-M"[number] ?? "?",
  symbol: (address) => (address === 0x1000n ? "do_idle+0x3a" : null),
  cause: (interrupt, cause) => `${interrupt ? "interrupt" : "exception"} ${cause}`,
  point: (id) => (id === 9 ? { id, kind: "console", text: "login:" } : undefined),
};

function sentence(reason: StoppedState["reason"], hit?: Partial<StopHit>, more: Partial<StoppedState> = {}): string {
  const hits = hit === undefined ? undefined : [{ client: 0, id: 3, kind: "execute", hits: 1, ...hit } as StopHit];
  return stopSentence({ kind: "stopped", reason, pc: 0x1000n, steps: 12_345n, ...(hits && { hits }), ...more }, names);
}

const WHERE = "stopped at do_idle+0x3a (0x1000) in S-mode, after 12,345 instructions";

test("the process of a kernel whose structures are known", () => {
  expect(
    stopSentence({ kind: "stopped", reason: "pause", pc: 0x1000n, steps: 5n }, { ...names, process: "init (1)" }),
  ).toBe("Paused at do_idle+0x3a (0x1000) in S-mode, process init (1), after 5 instructions");
  expect(
    stopSentence(
      { kind: "stopped", reason: "pause", pc: 0x1000n, steps: 5n },
      { ...names, process: "swapper/0 (0)", waiting: true },
    ),
  ).toBe(
    "Paused at do_idle+0x3a (0x1000) in S-mode, process swapper/0 (0), waiting for an interrupt, after 5 instructions",
  );
});

test("a switch of processes: the pause at one, and a breakpoint there", () => {
  const at = (hit: Partial<StopHit>, switched: string | null, process: string | null = "kworker/0:1 (17)") =>
    stopSentence(
      {
        ...{ kind: "stopped", reason: "breakpoint", pc: 0x1000n, steps: 5n },
        hits: [{ client: 0, id: 3, kind: "execute", hits: 1, ...hit }],
      },
      { ...names, process, switched },
    );
  const where = "stopped at do_idle+0x3a (0x1000) in S-mode, after 5 instructions";
  const words = "Switched from sh (42) to kworker/0:1 (17)";
  expect(at({ temporary: true }, words)).toBe(`${words}; ${where}`);
  expect(at({ hits: 2 }, words)).toBe(`Breakpoint 3, 2nd hit: switched from sh (42) to kworker/0:1 (17); ${where}`);
  expect(at({ temporary: true }, "Process switch", null)).toBe(
    "Process switch; stopped at do_idle+0x3a (0x1000) in S-mode, after 5 instructions",
  );
  expect(at({ temporary: true }, null)).toBe(
    `Temporary breakpoint; ${where.replace("S-mode", "S-mode, process kworker/0:1 (17)")}`,
  );
});

test.each<[string, string]>([
  ["Paused at do_idle+0x3a (0x1000) in S-mode, after 12,345 instructions", sentence("pause")],
  ["Paused at 0x2000 in S-mode, after 1 instruction", sentence("step", undefined, { pc: 0x2000n, steps: 1n })],
  ["Switched on and paused at do_idle+0x3a (0x1000) in S-mode, before the first instruction", sentence("created")],
  [
    "Ended with failure (exit code 7) after 12,345 instructions. Reset switches it on again.",
    sentence("failure", undefined, { exitCode: 7 }),
  ],
  [`Breakpoint 3; ${WHERE}`, sentence("breakpoint", {})],
  [`Breakpoint 3, 22nd hit; ${WHERE}`, sentence("breakpoint", { hits: 22 })],
  [
    `Watchpoint 3: write of 8 bytes at 0x2000, 0x1 became 0x2; ${WHERE}`,
    sentence("watchpoint", { access: { type: "write", address: 0x2000n, size: 8, before: 1n, after: 2n } }),
  ],
  [
    `Watchpoint 3: read of 1 byte at do_idle+0x3a (0x1000), 113th hit; ${WHERE}`,
    sentence("watchpoint", { hits: 113, access: { type: "read", address: 0x1000n, size: 1 } }),
  ],
  [
    `Exception: exception 13 at 0x4000, value 0x10; ${WHERE}`,
    sentence("trap", { trap: { interrupt: false, cause: 13, pc: 0x4000n, value: 0x10n } }),
  ],
  [
    `Stop point 3: satp was written, 0x0 became 0x8; ${WHERE}`,
    sentence("register", { kind: "csr", register: { name: "satp", before: 0n, after: 8n } }),
  ],
  [
    `satp was written, 0x0 became 0x8; ${WHERE}`,
    sentence("register", { kind: "csr", temporary: true, register: { name: "satp", before: 0n, after: 8n } }),
  ],
  [`The console has printed what was waited for; ${WHERE}`, sentence("console", { id: 8, kind: "console" })],
  [`Privilege: from U to S; ${WHERE}`, sentence("privilege", { privilege: { from: 0, to: 1 } })],
  [`The console has printed “login:”; ${WHERE}`, sentence("console", { id: 9, kind: "console" })],
  ["Reached what it was run to, at do_idle+0x3a (0x1000) in S-mode, after 12,345 instructions", sentence("until")],
])("%s", (expected, text) => {
  expect(text).toBe(expected);
});
