// Boots each bundled machine that names its prompt and saves it there, beside the built page: what the gallery opens at once.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { at, Complaint, root } from "./paths.mjs";

/** Longer than any boot takes, on any computer. */
const MOST_MS = 300_000;
/** Steps after the prompt, so that what goes on behind it comes to rest. */
const REST_STEPS = 300_000;

/** Adds snapshots, and the terminal's text at them, to the page in `folder`, and names them in its list of machines. */
export async function savePrompts(folder = "dist/web") {
  const { createServer } = await import("vite");
  // Node does not run TypeScript; nothing is served.
  const sources = await createServer({
    ...{ configFile: false, root, logLevel: "error", appType: "custom" },
    server: { middlewareMode: true, watch: null, ws: false },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    const { createInlineMachine } = await sources.ssrLoadModule("/src/worker/inline.ts");
    const { guestOptions } = await sources.ssrLoadModule("/web/model/bundled-guests.ts");
    await saveAll(folder, createInlineMachine, guestOptions);
  } finally {
    await sources.close();
  }
}

async function saveAll(folder, createInlineMachine, guestOptions) {
  const index = at(folder, "guests", "index.json");
  const guests = JSON.parse(readFileSync(index, "utf8"));
  for (const guest of guests) {
    if (guest.prompt === undefined) continue;
    const options = guestOptions(guest);
    const [firmware, kernel, initrd] = [options.firmware, options.kernel, options.initrd].map(
      (path) => path && at(folder, ...path.split("/")),
    );
    const machine = await createInlineMachine({ ...options, firmware, kernel, initrd });
    const text = await runToPrompt(machine, guest);
    const snapshot = await machine.save();
    await machine.dispose();
    const paths = { snapshot: `guests/${guest.id}/prompt.vitrine`, text: `guests/${guest.id}/prompt.txt` };
    mkdirSync(dirname(at(folder, ...paths.snapshot.split("/"))), { recursive: true });
    writeFileSync(at(folder, ...paths.snapshot.split("/")), snapshot);
    writeFileSync(at(folder, ...paths.text.split("/")), text);
    guest.atPrompt = { ...paths, bytes: snapshot.length };
  }
  writeFileSync(index, `${JSON.stringify(guests, null, 2)}\n`);
}

/** Runs the machine until it prints its prompt, and lets it come to rest; answers all that it has printed. */
async function runToPrompt(machine, { id, prompt }) {
  const parts = [];
  const printed = () => Buffer.concat(parts);
  let late;
  const seen = new Promise((resolve, reject) => {
    const complain = () => reject(new Complaint(`${id} does not print its prompt "${prompt}":\n${printed()}`));
    late = setTimeout(complain, MOST_MS);
    machine.console.onData((bytes) => {
      parts.push(bytes.slice());
      if (printed().includes(prompt)) resolve(undefined);
    });
  });
  await machine.run();
  await seen;
  clearTimeout(late);
  await machine.pause();
  await machine.step(REST_STEPS);
  return printed();
}
