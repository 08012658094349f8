/** The host end of a console device's ports, other than the one that is the machine's terminal. */
import { PORTS_MAX, PORTS_TERMINAL } from "../../spec/abi.ts";
import type { MachineOptions, PortOptions } from "../machine-types.ts";
import { ConsoleBackend } from "./console.ts";

const MOST_NAME_BYTES = 64;

export interface Port {
  readonly number: number;
  /** null: it has none. */
  readonly name: string | null;
  readonly isConsole: boolean;
  readonly backend: ConsoleBackend;
}

export class Ports {
  /** By their numbers. */
  private readonly byNumber = new Map<number, Port>();

  /** Throws a RangeError that names the port which cannot be. */
  constructor(private readonly options: Pick<MachineOptions, "console" | "ports">) {
    for (const port of options.ports ?? []) this.add(port);
  }

  get all(): readonly Port[] {
    return [...this.byNumber.values()];
  }

  /** What the device is told about its ports (PORTS_), or null: the machine has no such device. */
  get configuration(): number | null {
    const terminal = this.options.console === "virtio";
    if (!terminal && this.byNumber.size === 0) return null;
    const bits = this.all.reduce((sum, { number, isConsole }) => sum | ((isConsole ? 0x101 : 1) << number), 0);
    return terminal ? bits | 0x101 | PORTS_TERMINAL : bits;
  }

  /** The port of this name or number. Throws a RangeError if there is none. */
  find(which: string | number): Port {
    const port = this.all.find(({ number, name }) => which === number || which === name);
    if (port === undefined) throw new RangeError(`the machine has no port ${which}`);
    return port;
  }

  /** The port of this number, for the device; undefined if there is none. */
  at(number: number): Port | undefined {
    return this.byNumber.get(number);
  }

  private add({ name, kind = "serial" }: PortOptions): void {
    if (kind !== "serial" && kind !== "console") throw new RangeError(`ports: "${kind}" is neither serial nor console`);
    if (name !== undefined) {
      const { length } = new TextEncoder().encode(name);
      if (length === 0 || length > MOST_NAME_BYTES || name.includes("\0")) {
        throw new RangeError(`ports: "${name}" is not a name of 1 to ${MOST_NAME_BYTES} bytes`);
      }
      if (this.all.some((port) => port.name === name)) throw new RangeError(`ports: there is a second "${name}"`);
    }
    // As QEMU: the first port is for a console.
    let number = kind === "serial" || this.options.console === "virtio" ? 1 : 0;
    while (this.byNumber.has(number)) number++;
    if (number >= PORTS_MAX)
      throw new RangeError(`ports: a machine has ${PORTS_MAX} ports at most, the first a console's`);
    this.byNumber.set(number, {
      number,
      name: name ?? null,
      isConsole: kind === "console",
      backend: new ConsoleBackend(),
    });
  }
}
