// `npm run bench [part…]`: set-up, then test/perf. Says which tool is missing and how to install it.
import { at, Complaint, root, runAsScript } from "./paths.mjs";
import { setUp } from "./setup.mjs";

await runAsScript(import.meta.url, async (args) => {
  await setUp(["lib", "web"]);
  const { runnerImport } = await import("vite");
  const { module } = await runnerImport(at("test", "perf", "main.ts"), { configFile: false, root, logLevel: "error" });
  const { createMachine } = await import("../lib/worker/node.js");
  try {
    await module.main(root, args, createMachine);
  } catch (error) {
    // The module runner loads paths.mjs anew, so that its Complaint is another class.
    throw error?.constructor?.name === "Complaint" ? new Complaint(error.message) : error;
  }
  return 0;
});
