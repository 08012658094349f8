// A Node program that does nothing but run the bundled Linux: prints, as JSON, what that costs its process.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createMachine } from "../../lib/worker/node.js";

const site = join(import.meta.dirname, "..", "..", "public");
const [linux] = JSON.parse(readFileSync(join(site, "guests", "index.json"), "utf8"));
const vm = await createMachine({
  target: linux.target,
  memory: linux.memory,
  firmware: join(site, linux.bios),
  kernel: join(site, linux.kernel),
  initrd: join(site, linux.initrd),
  append: linux.append,
  console: linux.console,
  paced: true,
});
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
let text = "";
const ready = new Promise((resolve) => {
  vm.console.onData((bytes) => {
    text = (text + Buffer.from(bytes).toString()).slice(-100);
    if (text.includes("vitrine:~# ")) resolve();
  });
});
await vm.run();
await ready;
// The engine goes on compiling for a while after the boot.
await sleep(5);
const before = process.cpuUsage();
await sleep(5);
const { user, system } = process.cpuUsage(before);
vm.console.write(new TextEncoder().encode("while true; do ls -lR /proc/self >/dev/null; done\n"));
await sleep(5);
const start = process.memoryUsage().rss;
await sleep(10);
const end = process.memoryUsage().rss;
process.stdout.write(
  JSON.stringify({ idle: (user + system) / 5e6, resident: end, memory: linux.memory, growth: end - start }),
);
await vm.dispose();
