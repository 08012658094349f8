/** Machines for the tests of this folder. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type * as NodeApi from "../../src/worker/node.ts";
import type { InputDevice, Machine, MachineOptions } from "../../src/worker/node.ts";

const root = new URL("../../", import.meta.url);

export function path(below: string): string {
  return fileURLToPath(new URL(below, root));
}

interface BundledEntry {
  id: string;
  target: string;
  memory: number;
  bios: string | null;
  kernel: string;
  initrd?: string;
  append?: string;
  console: "uart" | "virtio";
  screen?: { width: number; height: number };
  inputs?: InputDevice[];
}

export const bundledGuests: BundledEntry[] = JSON.parse(readFileSync(path("public/guests/index.json"), "utf8"));

/** Options of a bundled machine, unpaced. */
export function bundled(id: string): MachineOptions {
  const guest = bundledGuests.find((candidate) => candidate.id === id);
  if (guest === undefined) throw new Error(`no bundled machine ${id}`);
  const file = (name: string | null | undefined) => (name ? path(`public/${name}`) : undefined);
  return {
    target: guest.target,
    memory: guest.memory,
    firmware: file(guest.bios),
    kernel: file(guest.kernel),
    initrd: file(guest.initrd),
    append: guest.append,
    console: guest.console,
    screen: guest.screen,
    inputs: guest.inputs?.map((device) => ({ device })),
    paced: false,
  };
}

/** The library as it is published, whose machines run in threads of their own. */
export async function library(): Promise<typeof NodeApi> {
  return import(path("lib/worker/node.js"));
}

/** Collects a machine's output and waits for parts of it. */
export class Transcript {
  text = "";
  private readonly decoder = new TextDecoder();
  private readonly waiting: { part: string; from: number; resolve: () => void }[] = [];

  constructor(machine: Machine) {
    machine.console.onData((bytes) => {
      this.text += this.decoder.decode(bytes, { stream: true });
      for (const wait of this.waiting.splice(0)) {
        if (this.text.includes(wait.part, wait.from)) wait.resolve();
        else this.waiting.push(wait);
      }
    });
  }

  /** Resolves when `part` has been shown, behind position `from`. */
  async shows(part: string, from = 0): Promise<void> {
    if (this.text.includes(part, from)) return;
    await new Promise<void>((resolve) => this.waiting.push({ part, from, resolve }));
  }
}

export const PROMPT = "vitrine:~# ";

/** RISC-V instructions as the bytes of a kernel for the start of RAM. */
export function program(...insns: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(insns).buffer);
}

/** `j .` */
export const LOOP = 0x0000_006f;
