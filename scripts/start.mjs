// `npm start`: set-up, production build, and a server for it. Production, since a dev server may reload a page that runs a machine.
import { at, runAsScript } from "./paths.mjs";
import { portFromEnvironment, serve } from "./serve.mjs";
import { setUp } from "./setup.mjs";

await runAsScript(import.meta.url, async () => {
  const port = portFromEnvironment();
  await setUp(["web"]);
  const { url } = await serve({ folder: at("dist", "web"), port });
  process.stdout.write(`Vitrine is at ${url}  (Ctrl-C ends it)\n`);
  return undefined;
});
