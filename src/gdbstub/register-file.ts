/** gdb's registers of each vCPU over the register sync: a read fetches the groups that it needs, a write is a pending edit. */
import type { GdbRegister, GdbTarget } from "../spec/gdb-target.ts";
import type { GroupName } from "../spec/register-table.ts";
import type { DebuggedCpu } from "./debugged-machine.ts";
import { littleEndian, valueOfLittleEndian } from "./hex.ts";

/** Types of registers whose value is their bits. */
const INTEGER_TYPES: readonly string[] = ["int", "code_ptr", "data_ptr"];

export class RegisterFile {
  /** Registers of the packets g and G, in order. */
  readonly general: readonly GdbRegister[];
  private readonly byNumber = new Map<number, GdbRegister>();
  private readonly byName = new Map<string, GdbRegister>();
  private readonly expedited: readonly GdbRegister[];
  private readonly pc: GdbRegister;
  /** Of each CPU: what gdb has last been told of the general registers, which its G is a difference to. */
  private readonly told = new Map<number, readonly bigint[]>();

  constructor(
    target: GdbTarget,
    private readonly cpus: readonly DebuggedCpu[],
  ) {
    this.general = (target.features[0] as GdbTarget["features"][number]).registers;
    for (const { registers } of target.features) {
      for (const register of registers) {
        this.byNumber.set(register.number, register);
        this.byName.set(register.name, register);
      }
    }
    this.pc = this.named(target.pc);
    this.expedited = target.expedited.map((name) => this.named(name));
  }

  /** By gdb's number. */
  numbered(number: number): GdbRegister | undefined {
    return this.byNumber.get(number);
  }

  /** What a register is in the debugger's expressions; null if these cannot have it. */
  inExpressions(number: number): string | null {
    const register = this.byNumber.get(number);
    if (register === undefined || !INTEGER_TYPES.includes(register.type)) return null;
    const [source, more] = register.reads;
    if (source === undefined) return "0";
    return more === undefined ? `$${source}` : null;
  }

  /** All general registers in digits, lowest byte first: the answer to g. */
  async readGeneral(cpu: number): Promise<string> {
    const values = await this.values(cpu, this.general);
    this.told.set(cpu, values);
    return this.general.map(({ bits }, n) => littleEndian(values[n] as bigint, bits)).join("");
  }

  /** gdb gives all registers a value: what differs from what it has last been told is an edit. Null if the digits do not fit. */
  async writeGeneral(cpu: number, digits: string): Promise<undefined | null> {
    const values: bigint[] = [];
    let at = 0;
    for (const { bits } of this.general) {
      const value = valueOfLittleEndian(digits.slice(at, at + bits / 4), bits);
      if (value === null) return null;
      values.push(value);
      at += bits / 4;
    }
    if (at !== digits.length) return null;
    const told = this.told.get(cpu) ?? (await this.values(cpu, this.general));
    const changed = this.general.filter((_, n) => values[n] !== told[n]);
    await this.edit(
      cpu,
      changed.map((register) => ({ register, value: values[this.general.indexOf(register)] as bigint })),
    );
    this.told.set(cpu, values);
  }

  /** One register in digits, lowest byte first: the answer to p. */
  async read(cpu: number, register: GdbRegister): Promise<string> {
    const [value] = await this.values(cpu, [register]);
    this.remember(cpu, register, value as bigint);
    return littleEndian(value as bigint, register.bits);
  }

  /** Throws if the register cannot be written, or holds another client's pending edit that gdb has not read. */
  async write(cpu: number, register: GdbRegister, value: bigint): Promise<void> {
    await this.edit(cpu, [{ register, value }]);
    this.remember(cpu, register, value);
  }

  /** As write(). */
  async writePc(cpu: number, value: bigint): Promise<void> {
    await this.write(cpu, this.pc, value);
  }

  /** "number:value;" of each register that comes with a stop. */
  async expeditedOf(cpu: number): Promise<string> {
    const values = await this.values(cpu, this.expedited);
    return this.expedited
      .map(({ number, bits }, n) => `${number.toString(16)}:${littleEndian(values[n] as bigint, bits)};`)
      .join("");
  }

  private named(name: string): GdbRegister {
    const register = this.byName.get(name);
    if (register === undefined) throw new Error(`the target description has no register ${name}`);
    return register;
  }

  private async values(cpu: number, registers: readonly GdbRegister[]): Promise<bigint[]> {
    const own = this.cpu(cpu);
    await this.fetch(own, registers);
    return registers.map(({ value }) => value((name) => own.read(name)));
  }

  private async edit(cpu: number, writes: readonly { register: GdbRegister; value: bigint }[]): Promise<void> {
    if (writes.length === 0) return;
    const own = this.cpu(cpu);
    const registers = writes.map(({ register }) => register);
    const closed = registers.find((register) => register.edit === undefined);
    if (closed !== undefined) throw new Error(`EROFS ${closed.name}: read-only`);
    await this.fetch(own, registers);
    // What a register is computed from is read; a plain one is not, so that another client's newer edit of it is noticed.
    const edits = writes.map(({ register, value }) => register.edit?.(value, (name) => own.read(name)) ?? null);
    own.editAll(edits.filter((edit) => edit !== null));
  }

  private async fetch(own: DebuggedCpu, registers: readonly GdbRegister[]): Promise<void> {
    const groups = new Set<GroupName>();
    for (const { reads } of registers) for (const name of reads) groups.add(own.row(name).group);
    if (groups.size > 0) await own.get([...groups]);
  }

  private remember(cpu: number, register: GdbRegister, value: bigint): void {
    const told = this.told.get(cpu);
    const at = this.general.indexOf(register);
    if (told !== undefined && at >= 0) this.told.set(cpu, told.with(at, value));
  }

  private cpu(cpu: number): DebuggedCpu {
    return this.cpus[cpu] as DebuggedCpu;
  }
}
