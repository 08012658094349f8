/** What gdb reads of the target at the start: its registers and its memory (GDB manual, "Target Descriptions", "Memory Map Format"). */
import type { GdbTarget } from "../spec/gdb-target.ts";

const TARGET = "target.xml";

/** The description's files by name: target.xml, which includes one for each feature. */
export function targetDescription(target: GdbTarget): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const includes: string[] = [];
  for (const { name, types = "", registers } of target.features) {
    const rows = registers.map(
      (row) => `<reg name="${row.name}" bitsize="${row.bits}" regnum="${row.number}" type="${row.type}"/>`,
    );
    const file = `${name.slice(name.lastIndexOf(".") + 1)}.xml`;
    includes.push(`<xi:include href="${file}"/>`);
    files.set(file, xml("feature", `<feature name="${name}">${types}${rows.join("\n")}</feature>`));
  }
  const architecture = `<architecture>${target.architecture}</architecture>`;
  const body = `<target version="1.0">${architecture}${includes.join("")}</target>`;
  files.set(TARGET, xml("target", body));
  return files;
}

/**
 * Addresses are virtual ones, so all of them may be memory; only the boot ROM, where addresses are not translated, is known to
 * refuse writes.
 */
export function memoryMap({ rom }: GdbTarget): string {
  const top = (1n << 64n) - 1n;
  const ram = (start: bigint, end: bigint) => region("ram", start, end - start);
  const regions = [ram(0n, rom.start), region("rom", rom.start, rom.bytes), ram(rom.start + rom.bytes, top)];
  const type = 'memory-map PUBLIC "+//IDN gnu.org//DTD GDB Memory Map V1.0//EN"';
  return `<?xml version="1.0"?><!DOCTYPE ${type} "http://sourceware.org/gdb/gdb-memory-map.dtd"><memory-map>${regions.join("")}</memory-map>`;
}

function region(type: string, start: bigint, length: bigint): string {
  return `<memory type="${type}" start="0x${start.toString(16)}" length="0x${length.toString(16)}"/>`;
}

function xml(root: string, body: string): string {
  const doctype = root === "target" ? '<!DOCTYPE target SYSTEM "gdb-target.dtd">' : "";
  return `<?xml version="1.0"?>${doctype}${body}`;
}
