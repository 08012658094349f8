// `npm run bench [part…]`: set-up, then test/perf. Needs qemu-system-riscv64 and a browser; says so if one is missing.
import { at, root, runAsScript } from "./paths.mjs";
import { setUp } from "./setup.mjs";

await runAsScript(import.meta.url, async (args) => {
  await setUp(["lib", "web"]);
  const { runnerImport } = await import("vite");
  const { module } = await runnerImport(at("test", "perf", "main.ts"), { configFile: false, root, logLevel: "error" });
  const { createMachine } = await import("../lib/worker/node.js");
  await module.main(root, args, createMachine);
  return 0;
});
