// Test projects: what `npm test` runs is fast, alone and web; peers, long and debian run by name (scripts/test.mjs).
import { defineConfig } from "vitest/config";

const minute = 60_000;
const boot = "test/boot/**/*.test.ts";
const threads = "test/**/threads.test.ts";
const linux = "test/jit/linux.test.ts";
const web = "test/web/**/*.test.ts";
const peers = "test/peers/**/*.test.ts";
const debian = "test/debian/**/*.test.ts";
const long = "test/**/*.long.test.ts";

/** Groups run one after another; what counts time or races threads runs alone. */
function project(
  name: string,
  order: number,
  include: string[],
  exclude: string[],
  seconds: number,
  maxWorkers: number,
) {
  return {
    test: {
      name,
      include,
      exclude: ["**/node_modules/**", ...exclude],
      pool: "forks" as const,
      maxWorkers,
      sequence: { groupOrder: order },
      testTimeout: seconds * 1000,
      hookTimeout: 2 * minute,
      // A busy computer takes its time; a poll ends as soon as it can.
      expect: { poll: { timeout: 20_000, interval: 50 } },
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      project("fast", 1, ["test/**/*.test.ts"], [boot, threads, linux, web, peers, debian, long], 60, 2),
      project("alone", 2, [boot, threads, linux], [long], 180, 1),
      project("web", 3, [web], [long], 180, 1),
      project("peers", 4, [peers], [long], 1200, 2),
      project("long", 5, [long], [], 3600, 1),
      project("debian", 6, [debian], [long], 3600, 1),
    ],
  },
});
