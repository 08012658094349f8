// `npm run dev`: Vite's development server, with the core built again when its source changes.
import { sep } from "node:path";
import { at, Complaint, runAsScript } from "./paths.mjs";
import { portFromEnvironment } from "./serve.mjs";
import { setUp } from "./setup.mjs";

await runAsScript(import.meta.url, async () => {
  const port = portFromEnvironment();
  await setUp(["cores"]);
  const { build } = await import("./build.mjs");
  const { createServer } = await import("vite");
  const server = await createServer({ configFile: at("vite.config.ts"), server: { port, strictPort: true } });
  try {
    await server.listen();
  } catch (error) {
    await server.close();
    throw new Complaint(error.message);
  }
  server.printUrls();

  const coreSources = [at("wasm-core"), at("src", "spec"), at("src", "codegen")].map((folder) => folder + sep);
  const generated = at("wasm-core", "generated") + sep;
  server.watcher.add(coreSources);
  let pending = Promise.resolve();
  server.watcher.on("all", (_event, file) => {
    if (file.startsWith(generated) || !coreSources.some((folder) => file.startsWith(folder))) return;
    pending = pending
      .then(() => build(["cores"]))
      .then(() => server.ws.send({ type: "full-reload" }))
      .catch((error) => process.stderr.write(`${error.message}\n`));
  });
  return undefined;
});
