// Test projects: what `npm test` runs is alone, boot, fast and web; peers, long and debian run by name (scripts/test.mjs).
import { defineConfig } from "vitest/config";

const minute = 60_000;
const boot = "test/boot/**/*.test.ts";
const racing = ["test/**/threads.test.ts", "test/boot/linux.test.ts"];
const linux = "test/jit/linux.test.ts";
const web = "test/web/**/*.test.ts";
const peers = "test/peers/**/*.test.ts";
const debian = "test/debian/**/*.test.ts";
const long = "test/**/*.long.test.ts";

/** Groups run one after another, the projects of one side by side; what follows the clock or races threads runs alone. */
function project(
  name: string,
  order: number,
  include: string[],
  exclude: string[],
  seconds: number,
  maxWorkers: number,
  retry = 0,
) {
  return {
    test: {
      name,
      include,
      exclude: ["**/node_modules/**", ...exclude],
      pool: "forks" as const,
      maxWorkers,
      sequence: { groupOrder: order },
      retry,
      testTimeout: seconds * 1000,
      hookTimeout: 5 * minute,
      // A busy computer takes its time; a poll ends as soon as it can.
      expect: { poll: { timeout: Math.max(minute, seconds * 200), interval: 50 } },
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      project("alone", 1, racing, [long], 300, 1),
      project("boot", 2, [boot, linux], [...racing, long], 300, 2),
      project("fast", 2, ["test/**/*.test.ts"], [boot, ...racing, linux, web, peers, debian, long], 120, 2),
      // A click in a real browser can go astray; scripts/test-totals.mjs counts second tries, and does not forgive many.
      project("web", 2, [web], [long], 600, 2, 1),
      project("peers", 3, [peers], [long], 1200, 2),
      project("long", 4, [long], [], 3600, 1),
      project("debian", 5, [debian], [long], 3600, 1),
    ],
  },
});
