/** Commands in words about the machine: gdb's `monitor …` and the command line's monitor, with QEMU's names where QEMU has them. */
import type { DebuggedCpu, DebuggedMachine, DebuggerClient } from "./debugged-machine.ts";

/** What only some of those who give commands can do. */
export interface MonitorOwner {
  readonly client: DebuggerClient;
  /** Absent: whoever gives the commands moves the machine by other means. */
  readonly resume?: () => Promise<void>;
  readonly pause?: () => Promise<void>;
  readonly quit?: () => void;
  readonly save?: (name: string) => Promise<void>;
  readonly load?: (name: string) => Promise<void>;
  /** Operands as QEMU has them: a file, and -f with a format. */
  readonly screendump?: (file: string, format: string) => Promise<void>;
}

interface Command {
  readonly names: readonly string[];
  readonly form: string;
  readonly doc: string;
  readonly needs?: keyof MonitorOwner;
  readonly execute: (operands: string) => Promise<string> | string;
}

/** Most items of one x or xp. */
const MOST_ITEMS = 4096;
const UNIT_BYTES: Readonly<Record<string, number>> = { b: 1, h: 2, w: 4, g: 8 };
const BYTES_PER_LINE = 16;

export class Monitor {
  private readonly commands: readonly Command[];

  constructor(
    private readonly machine: DebuggedMachine,
    private readonly owner: MonitorOwner,
  ) {
    this.commands = this.table();
  }

  /** Answers what it prints, with an end of line. An error is a line too. */
  async execute(line: string): Promise<string> {
    const words = line.trim();
    if (words === "") return "";
    try {
      const found = this.find(words);
      if (found === null) return `unknown command: ${words}; help lists them\n`;
      const text = await found.command.execute(found.operands);
      return text === "" || text.endsWith("\n") ? text : `${text}\n`;
    } catch (error) {
      return `${(error as Error).message}\n`;
    }
  }

  private find(words: string): { command: Command; operands: string } | null {
    const all = this.commands.flatMap((command) => command.names.map((name) => ({ command, name })));
    // The longest name first: "info registers" before "info".
    const found = all
      .sort((a, b) => b.name.length - a.name.length)
      .find(({ name }) => words === name || (words.startsWith(name) && /^[\s/]/.test(words.slice(name.length))));
    return found === undefined ? null : { command: found.command, operands: words.slice(found.name.length).trim() };
  }

  private table(): Command[] {
    const { owner } = this;
    const all: Command[] = [
      { names: ["help", "?"], form: "help", doc: "this list", execute: () => this.help() },
      {
        names: ["info registers"],
        form: "info registers [GROUP|all]",
        doc: "registers of a group, or of all; without a name those of the running program",
        execute: (operands) => this.registers(operands),
      },
      {
        names: ["info sync"],
        form: "info sync",
        doc: "state of each register group, and what each client has asked of them",
        execute: () => this.sync(),
      },
      { names: ["info status"], form: "info status", doc: "whether the machine runs", execute: () => this.status() },
      {
        names: ["x"],
        form: "x/NF ADDRESS",
        doc: "memory at a virtual address; F is one of b h w g",
        execute: (operands) => this.dump(operands, true),
      },
      {
        names: ["xp"],
        form: "xp/NF ADDRESS",
        doc: "the same at a physical address",
        execute: (operands) => this.dump(operands, false),
      },
      {
        names: ["system_reset", "reset"],
        form: "system_reset",
        doc: "switches the machine off and on",
        execute: async () => {
          await this.machine.reset();
          return "";
        },
      },
      { names: ["stop"], form: "stop", doc: "stops the machine", needs: "pause", execute: () => done(owner.pause?.()) },
      { names: ["cont", "c"], form: "cont", doc: "goes on", needs: "resume", execute: () => done(owner.resume?.()) },
      {
        names: ["savevm"],
        form: "savevm FILE",
        doc: "saves the machine",
        needs: "save",
        execute: (name) => done(owner.save?.(fileName(name))),
      },
      {
        names: ["loadvm"],
        form: "loadvm FILE",
        doc: "becomes a machine that was saved",
        needs: "load",
        execute: (name) => done(owner.load?.(fileName(name))),
      },
      {
        names: ["screendump"],
        form: "screendump FILE [-f ppm|png]",
        doc: "writes the guest's picture",
        needs: "screendump",
        execute: (operands) => {
          const [, file = "", format = "ppm"] = /^(.*?)(?:\s+-f\s+(\S+))?$/.exec(operands) ?? [];
          return done(owner.screendump?.(fileName(file), format));
        },
      },
      {
        names: ["quit", "q"],
        form: "quit",
        doc: "ends the machine",
        needs: "quit",
        execute: () => {
          owner.quit?.();
          return "";
        },
      },
    ];
    return all.filter(({ needs }) => needs === undefined || owner[needs] !== undefined);
  }

  private help(): string {
    return this.commands.map(({ form, doc }) => `${form.padEnd(30)}${doc}`).join("\n");
  }

  private status(): string {
    const { state } = this.machine;
    if (state.kind !== "stopped") return `VM status: ${state.kind}`;
    return `VM status: paused (${state.reason}), pc 0x${state.pc.toString(16)}, step ${state.steps}`;
  }

  private async registers(operand: string): Promise<string> {
    const texts: string[] = [];
    for (const [number, cpu] of this.owner.client.cpus.entries()) {
      const groups = this.groupsOf(cpu, operand);
      await cpu.get(groups.map(({ row }) => row.name));
      if (this.owner.client.cpus.length > 1) texts.push(`CPU ${number}`);
      for (const group of groups) {
        texts.push(`${group.row.name} (${cpu.state(group.row.name)})`);
        const shown = group.registers.map(({ row: { name, bits } }) => {
          const digits = cpu
            .read(name)
            .toString(16)
            .padStart(Math.ceil(bits / 4), "0");
          // A star: an edit that the core has not seen.
          return `${name.padEnd(12)} ${digits}${cpu.isEdited(name) ? "*" : " "}`;
        });
        for (let n = 0; n < shown.length; n += 4) texts.push(` ${shown.slice(n, n + 4).join("  ")}`.trimEnd());
      }
    }
    return texts.join("\n");
  }

  private groupsOf(cpu: DebuggedCpu, operand: string): DebuggedCpu["groups"] {
    const name = operand.toUpperCase();
    if (name === "ALL" || name === "-A") return cpu.groups;
    const found = cpu.groups.filter(({ row }) => row.name === (name === "" ? "CORE" : name));
    if (found.length > 0) return found;
    throw new Error(`no group ${operand}; there are ${cpu.groups.map(({ row }) => row.name).join(" ")}`);
  }

  private async sync(): Promise<string> {
    const lines: string[] = [];
    for (const [number, cpu] of this.owner.client.cpus.entries()) {
      const states = cpu.groups.map(({ row }) => `${row.name} ${cpu.state(row.name)}`);
      lines.push(`CPU ${number}: ${states.join(", ")}`);
    }
    for (const { name, requests, bytes, allBytes, heldMs } of await this.machine.meter()) {
      lines.push(`${name}: ${requests} requests, ${bytes} of ${allBytes} bytes, held for ${Math.round(heldMs)} ms`);
    }
    return lines.join("\n");
  }

  private async dump(operands: string, isVirtual: boolean): Promise<string> {
    const [, count = "", unit = "w", address] =
      /^(?:\/(\d*)x?([bhwg])?x?)?\s*(0x[\da-fA-F]{1,16}|\d{1,19})$/.exec(operands) ?? [];
    const items = count === "" ? 1 : Number(count);
    if (address === undefined || items < 1 || items > MOST_ITEMS) {
      throw new Error(`form: ${isVirtual ? "x" : "xp"}/NF ADDRESS, N up to ${MOST_ITEMS}, F one of b h w g`);
    }
    const size = UNIT_BYTES[unit] as number;
    const start = BigInt(address);
    const bytes = isVirtual
      ? await this.machine.readVirtual(start, items * size)
      : await this.machine.readMemory(start, items * size);
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
      const line: string[] = [];
      for (let n = at; n < Math.min(at + BYTES_PER_LINE, bytes.length); n += size) {
        const digits = [...bytes.subarray(n, n + size)].reverse().map((byte) => byte.toString(16).padStart(2, "0"));
        line.push(`0x${digits.join("")}`);
      }
      lines.push(`${(start + BigInt(at)).toString(16).padStart(16, "0")}: ${line.join(" ")}`);
    }
    return lines.join("\n");
  }
}

function fileName(operand: string): string {
  if (operand === "") throw new Error("the name of a file is missing");
  return operand;
}

async function done(action: Promise<void> | undefined): Promise<string> {
  await action;
  return "";
}
