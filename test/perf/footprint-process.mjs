// A Node program that does nothing but run the bundled Linux: prints, as JSON, what that costs its process.
// With the argument "full" the guest has 1 GiB and uses nearly all of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createMachine } from "../../lib/worker/node.js";

const site = join(import.meta.dirname, "..", "..", "public");
const [linux] = JSON.parse(readFileSync(join(site, "guests", "index.json"), "utf8"));
const isFull = process.argv[2] === "full";
const memory = isFull ? 1 << 30 : linux.memory;
const vm = await createMachine({
  target: linux.target,
  memory,
  firmware: join(site, linux.bios),
  kernel: join(site, linux.kernel),
  initrd: join(site, linux.initrd),
  append: linux.append,
  console: linux.console,
  paced: true,
});
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
let text = "";
let look = () => {};
vm.console.onData((bytes) => {
  text = (text + Buffer.from(bytes).toString()).slice(-100);
  look();
});
const shows = (part) =>
  new Promise((resolve) => {
    look = () => text.includes(part) && resolve();
    look();
  });
const type = (line) => vm.console.write(new TextEncoder().encode(`${line}\n`));
await vm.run();
await shows("vitrine:~# ");
if (isFull) await fill();
else await idleAndWork();
await vm.dispose();

/** The guest keeps 900 MiB of files, which are pages of its RAM. */
async function fill() {
  await type(
    'mount -t tmpfs -o size=100% fill /mnt && dd if=/dev/zero of=/mnt/fill bs=1M count=900 && echo "fil""led"',
  );
  await shows("filled");
  process.stdout.write(JSON.stringify({ memory, resident: process.memoryUsage().rss }));
}

async function idleAndWork() {
  // The engine goes on compiling for a while after the boot.
  await sleep(5);
  const before = process.cpuUsage();
  await sleep(5);
  const { user, system } = process.cpuUsage(before);
  await type("while true; do ls -lR /proc/self >/dev/null; done");
  await sleep(5);
  const start = process.memoryUsage().rss;
  await sleep(10);
  const end = process.memoryUsage().rss;
  process.stdout.write(JSON.stringify({ idle: (user + system) / 5e6, resident: end, memory, growth: end - start }));
}
