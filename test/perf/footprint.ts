/** What a machine costs besides speed: sizes, memory, and the processor time of an idle guest. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bootOptions, type Boot, type CreateMachine, promptWatch, runUntil } from "./measure.ts";

const gzipped = (file: string): number => gzipSync(readFileSync(file), { level: 9 }).length;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Bytes: the core and the page's own code gzip'd, and all that the first visit loads. */
export function sizes(root: string): { core: number; page: number; firstVisit: number } {
  const site = join(root, "dist", "web");
  const code = filesBelow(join(site, "assets")).filter((file) => /\.(js|css)$/.test(file));
  const page = code.reduce((sum, file) => sum + gzipped(file), 0);
  const core = gzipped(join(root, "build", "core-riscv64.wasm"));
  const [linux] = JSON.parse(readFileSync(join(root, "public", "guests", "index.json"), "utf8")) as Record<
    string,
    string
  >[];
  const images = ["bios", "kernel", "initrd"].map((name) => statSync(join(root, "public", linux?.[name] ?? "")).size);
  return { core, page, firstVisit: core + page + images.reduce((a, b) => a + b) };
}

/**
 * Boots, lets the guest idle at its prompt, then work. Answers the host's processor share while idle (0 to 1), the resident
 * bytes of the whole process beyond guest RAM, and how much they grew in ten seconds of work.
 */
export async function footprint(
  createMachine: CreateMachine,
  boot: Boot,
): Promise<{ idle: number; beyondRam: number; growth: number }> {
  const vm = await createMachine({ ...bootOptions(boot), paced: true });
  await runUntil(vm, promptWatch(boot.prompt));
  await sleep(2);
  const before = process.cpuUsage();
  await sleep(5);
  const { user, system } = process.cpuUsage(before);
  const typed = "while true; do ls -lR /proc/self >/dev/null; done\n";
  vm.console.write(new TextEncoder().encode(typed));
  await sleep(3);
  const start = process.memoryUsage().rss;
  await sleep(10);
  const end = process.memoryUsage().rss;
  await vm.dispose();
  return { idle: (user + system) / 5e6, beyondRam: end - boot.memory, growth: end - start };
}

const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
