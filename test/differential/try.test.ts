import { test } from "vitest";
import { compareSeed, missingRows } from "./riscv64/compare.ts";
test("try", async () => {
  const seed = Number(process.env.SEED ?? 1), n = Number(process.env.N ?? 100);
  const t = Date.now();
  const r = await compareSeed(seed, n, (process.env.AD ?? "either") as "either", Number(process.env.R ?? 3));
  console.log(`${r.tally.instructions} instructions, ${r.failures.length} failing cases, ${Date.now() - t} ms; missing ${missingRows([r.tally])}`);
  for (const f of r.failures.slice(0, 12)) console.log(f.report);
}, 600000);
