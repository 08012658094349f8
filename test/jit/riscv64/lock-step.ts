/** Runs a program with and without compiled code, stops both at the same steps, compares, and finds the first step that differs. */
import { disassemble } from "../../../src/debug/disassembler.ts";
import { INSTRUCTION_SET } from "../../../src/spec/riscv64/instruction-set.ts";
import { Random } from "../../differential/random.ts";
import { COMPILED } from "../modes.ts";
import { BareMachine } from "./bare-machine.ts";
import { RAM } from "./layout.ts";
import { type WholeProgram, wholeProgram } from "./whole-program.ts";

/** What happens to a program from outside. */
export interface Course {
  /** Steps from each stop to the next. */
  readonly strides: readonly number[];
  /** Bytes on the console, each at its step. */
  readonly input: readonly { readonly atStep: number; readonly byte: number }[];
}

/** Some steps of a program whose end has not been looked at would count for nothing: the last stop is its end. */
export function randomCourse(random: Random, steps: number): Course {
  const strides: number[] = [];
  for (let left = steps; left > 0; ) {
    const single = random.chance(0.2) ? random.between(2, 8) : 0;
    const next = single > 0 ? Array<number>(single).fill(1) : [random.between(1, random.pick([60, 2000, 20_000]))];
    strides.push(...next);
    for (const stride of next) left -= stride;
  }
  const input = Array.from({ length: random.below(4) }, () => ({
    atStep: random.below(steps),
    byte: random.below(256),
  }));
  return { strides, input };
}

export interface Pair {
  readonly interpreted: BareMachine;
  readonly compiled: BareMachine;
}

/** `shift`: log2 of the ns of a step. From 7 on a timer can be due at any step. */
export async function pair(shift: number): Promise<Pair> {
  return {
    interpreted: await BareMachine.create({ shift, jit: false }),
    compiled: await BareMachine.create({ shift, jit: COMPILED }),
  };
}

async function restart(vm: BareMachine, program: WholeProgram, { input }: Course): Promise<void> {
  await vm.restart(program.memory);
  for (const { atStep, byte } of [...input].sort((a, b) => a.atStep - b.atStep)) {
    vm.machine.consoleWrite(Uint8Array.of(byte), BigInt(atStep));
  }
}

/** Where both stand after so many steps more; the compiled machine's failure counts as a place. */
async function compare({ interpreted, compiled }: Pair, stride: number): Promise<{ same: boolean; over: boolean }> {
  const expected = await interpreted.advance(stride);
  const actual = await compiled.advance(stride).catch((error: Error) => error);
  if (actual instanceof Error) return { same: false, over: true };
  const same =
    expected.reason === actual.reason &&
    expected.pc === actual.pc &&
    expected.steps === actual.steps &&
    interpreted.fingerprint() === compiled.fingerprint();
  return { same, over: expected.reason !== "step" };
}

export interface Tally {
  readonly steps: number;
  readonly compiledSteps: number;
}

/** Throws an Error with a report if the two differ. */
export async function lockStep(machines: Pair, program: WholeProgram, course: Course): Promise<Tally> {
  const { interpreted, compiled } = machines;
  await restart(interpreted, program, course);
  await restart(compiled, program, course);
  const before = compiled.compiledSteps;
  for (const [stop, stride] of course.strides.entries()) {
    const { same, over } = await compare(machines, stride);
    if (!same) throw new Error(await report(machines, program, course, stop));
    if (over) break;
  }
  return { steps: Number(interpreted.steps), compiledSteps: Number(compiled.compiledSteps - before) };
}

const hex = (value: bigint | undefined): string => (value === undefined ? "-" : `0x${value.toString(16)}`);

function differences({ interpreted, compiled }: Pair, bytes: number): string[] {
  const lines: string[] = [];
  const { state } = compiled.machine.control.numberedState;
  if (state.kind === "dead") lines.push(`the compiled machine is dead: ${state.message}`);
  const actual = compiled.registers();
  for (const [name, expected] of interpreted.registers()) {
    const value = actual.get(name);
    if (value !== expected) lines.push(`${name}: interpreted ${hex(expected)}, compiled ${hex(value)}`);
  }
  const [a, b] = [interpreted, compiled].map(({ machine }) => machine.readMemory(RAM, bytes));
  const words = [a, b].map(({ buffer, byteOffset }) => new DataView(buffer, byteOffset));
  for (let at = 0; at < bytes && lines.length < 40; at += 8) {
    const [expected, value] = words.map((view) => view.getBigUint64(at, true));
    if (value !== expected)
      lines.push(`memory ${hex(RAM + BigInt(at))}: interpreted ${hex(expected)}, compiled ${hex(value)}`);
  }
  if (interpreted.steps !== compiled.steps) lines.push(`steps: ${interpreted.steps}, compiled ${compiled.steps}`);
  if (lines.length === 0)
    lines.push("neither registers nor memory: what stands behind them, the TLB, devices or events");
  return lines;
}

/** Goes through the program's course until stop `stop` is next, then `steps` steps further. */
async function replay(machines: Pair, program: WholeProgram, course: Course, stop: number, steps: number) {
  const { interpreted, compiled } = machines;
  await restart(interpreted, program, course);
  await restart(compiled, program, course);
  for (const stride of course.strides.slice(0, stop)) {
    const { same } = await compare(machines, stride);
    if (!same) return false;
  }
  return (await compare(machines, steps)).same;
}

/** Looks for the first step after stop `stop` - 1 at which the two differ, and tells what differs and how it came there. */
async function report(machines: Pair, program: WholeProgram, course: Course, stop: number): Promise<string> {
  const stride = course.strides[stop];
  const from = course.strides.slice(0, stop).reduce((sum, steps) => sum + steps, 0);
  const head = `seed ${program.seed} (${program.setting}), stop ${stop}, between steps ${from} and ${from + stride}`;
  const seen = differences(machines, program.memory.length);
  const { interpreted } = machines;
  let [low, high] = [0, stride];
  // What other programs have left compiled has no part in it.
  const fresh = async (): Promise<Pair> => {
    return { interpreted, compiled: await BareMachine.create({ shift: machines.compiled.shift, jit: COMPILED }) };
  };
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await replay(await fresh(), program, course, stop, middle)) low = middle;
    else high = middle;
  }
  const last = await fresh();
  const again = !(await replay(last, program, course, stop, high));
  const differing = again ? differences(last, program.memory.length) : ["(it does not come again)", ...seen];
  const trace = await traceOf(interpreted, program, course, from + high);
  return [head, `first at step ${from + high}`, ...differing.slice(0, 24), ...trace].join("\n");
}

/** The instructions that led to step `end`. */
async function traceOf(vm: BareMachine, program: WholeProgram, course: Course, end: number): Promise<string[]> {
  const first = Math.max(0, end - 40);
  await restart(vm, program, course);
  if (first > 0) await vm.advance(first);
  const lines: string[] = [];
  for (let step = first; step < end; step++) {
    vm.fingerprint();
    const registers = vm.registers();
    const pc = registers.get("pc")!;
    const code = vm.codeAt(pc);
    const text = code.length === 0 ? "(not mapped)" : disassemble(code, pc, INSTRUCTION_SET).text;
    lines.push(`  ${step} ${"US M"[Number(registers.get("priv") ?? 2n)]} ${pc.toString(16)}: ${text}`);
    await vm.advance(1);
  }
  return lines;
}

export interface SuiteOptions {
  readonly firstSeed: number;
  readonly programs: number;
  readonly shift: number;
}

/** Programs of consecutive seeds. Stops at the first three that differ, and throws with their reports. */
export async function runSeeds({ firstSeed, programs, shift }: SuiteOptions, makePair = pair): Promise<Tally> {
  let machines = await makePair(shift);
  let [steps, compiledSteps] = [0, 0];
  const failures: string[] = [];
  for (let seed = firstSeed; seed < firstSeed + programs && failures.length < 3; seed++) {
    const program = wholeProgram(seed, shift);
    const random = new Random(seed + 2 ** 40);
    const course = randomCourse(random, random.pick([20_000, 50_000, 80_000]));
    try {
      const tally = await lockStep(machines, program, course);
      steps += tally.steps;
      compiledSteps += tally.compiledSteps;
    } catch (error) {
      failures.push((error as Error).message);
      machines = await makePair(shift);
    }
  }
  const refused = machines.compiled.machine.statistics().jit?.refused;
  if (refused) failures.push(`the engine refused ${refused} modules`);
  if (failures.length > 0) throw new Error(failures.join("\n\n"));
  return { steps, compiledSteps };
}
