/** The bundled Linux on a screen, in Node: what is typed on its keyboard is there to be read, repeats exactly, and is saved. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { Machine, ScreenFrame } from "../../src/worker/node.ts";
import { ConsoleReader } from "../screen/console-reader.ts";
import { bundled, PROMPT, Transcript } from "./machines.ts";

const reader = ConsoleReader.ofBundledKernel();
/** The cursor is no glyph. */
const PROMPT_LINE = /^vitrine:~# \?$/;
const SLOW = { timeout: 200_000 };
let machine: Machine;
let transcript: Transcript;
/** At its prompt, for the tests that need a machine of their own. */
let saved: Uint8Array;

beforeAll(async () => {
  machine = await createInlineMachine(bundled("screen"));
  transcript = new Transcript(machine);
  await machine.run();
  await transcript.shows(PROMPT);
});
afterAll(() => machine.dispose());

async function lines(of: Machine): Promise<string[]> {
  return reader.lines(await of.screen.capture()).filter((line) => line !== "");
}

async function showsLast(of: Machine, pattern: RegExp): Promise<void> {
  await expect.poll(async () => (await lines(of)).at(-1), SLOW).toMatch(pattern);
}

/** The picture as the guest's frame buffer has it: blue, green, red, 0. */
async function frameBufferHash(of: Machine): Promise<string> {
  const { rgba } = await of.screen.capture();
  const bytes = Buffer.alloc(rgba.length);
  for (let at = 0; at < rgba.length; at += 4) {
    bytes[at] = rgba[at + 2] as number;
    bytes[at + 1] = rgba[at + 1] as number;
    bytes[at + 2] = rgba[at] as number;
  }
  return createHash("md5").update(bytes).digest("hex");
}

test("what is typed is on the screen, with what the guest answers, glyph by glyph", async () => {
  expect(machine.info.screen).toEqual({ width: 640, height: 480 });
  await showsLast(machine, PROMPT_LINE);
  await machine.screen.type('echo "Six = $((2*3))" | tr a-z A-Z # ~`!@%^&_+-{}[]\\:;\'<>?,./\n');
  await showsLast(machine, PROMPT_LINE);
  await expect.poll(async () => (await lines(machine)).at(-2)).toBe("SIX = 6");
  expect((await lines(machine)).at(-3)).toBe(
    'vitrine:~# echo "Six = $((2*3))" | tr a-z A-Z # ~`!@%^&_+-{}[]\\:;\'<>?,./',
  );
});

test("the picture is, byte by byte, what the guest's frame buffer holds", async () => {
  const from = transcript.text.length;
  await machine.console.write("md5sum /dev/fb0\n");
  await transcript.shows("  /dev/fb0", from);
  const [, hash] = /([0-9a-f]{32}) {2}\/dev\/fb0/.exec(transcript.text.slice(from)) as RegExpExecArray;
  // The cursor blinks.
  await expect.poll(() => frameBufferHash(machine), SLOW).toBe(hash);
});

test("a saved screen is the same in another machine, which comes to the same states by the same keys", async () => {
  await machine.pause();
  saved = await machine.save();
  const other = await createInlineMachine(bundled("screen"), undefined, undefined, true);
  await other.load(saved);
  expect(await frameBufferHash(other)).toBe(await frameBufferHash(machine));
  expect(await other.stateHash()).toBe(await machine.stateHash());
  for (const one of [machine, other]) {
    const now = (await one.statistics()).steps;
    const press = (code: number, after: bigint) => [
      one.screen.key(code, true, { atStep: now + after }),
      one.screen.key(code, false, { atStep: now + after + 50_000n }),
    ];
    // l, s, Enter.
    await Promise.all([...press(38, 10_000n), ...press(31, 200_000n), ...press(28, 400_000n)]);
  }
  // Keys that are under way are part of the state.
  const hashes = await Promise.all([machine, other].map((one) => one.stateHash()));
  expect(hashes[0]).toBe(hashes[1]);
  const waiting = await machine.save();
  await other.load(waiting);
  expect(await other.stateHash()).toBe(hashes[0]);
  for (const one of [machine, other]) await one.step(5_000_000);
  expect(await other.stateHash()).toBe(await machine.stateHash());
  expect(await frameBufferHash(other)).toBe(await frameBufferHash(machine));
  expect((await lines(other)).slice(-3)).toContain("vitrine:~# ls");
  await other.dispose();
});

test.each([
  ["shared memory", false],
  ["copies", true],
])("frames bring the whole picture first, then what changes: %s", async (_, copying) => {
  const other = await createInlineMachine(bundled("screen"), undefined, undefined, copying);
  await other.load(saved);
  const frames: ScreenFrame[] = [];
  let picture = new Uint8ClampedArray(0);
  const end = other.screen.onFrame((frame) => {
    frames.push(frame);
    const { width, height, damage } = frame;
    if (damage === null) return;
    if (picture.length !== 4 * width * height) picture = new Uint8ClampedArray(4 * width * height);
    const pixels = frame.pixels();
    for (let row = 0; row < damage.height; row++) {
      const from = pixels.subarray(4 * row * damage.width, 4 * (row + 1) * damage.width);
      picture.set(from, 4 * ((damage.y + row) * width + damage.x));
    }
  });
  await expect.poll(() => frames.length).toBeGreaterThan(0);
  expect(frames[0]).toMatchObject({ width: 640, height: 480, damage: { x: 0, y: 0, width: 640, height: 480 } });
  await other.run();
  await other.screen.type("date");
  await showsLast(other, /# date\?$/);
  await other.pause();
  const exact = await other.screen.capture();
  await expect.poll(() => Buffer.compare(Buffer.from(picture), Buffer.from(exact.rgba))).toBe(0);
  end();
  await other.dispose();
});

test("the pointer's places and buttons reach the guest", async () => {
  const from = transcript.text.length;
  await machine.run();
  await machine.console.write("cat /proc/bus/input/devices | grep -A4 tablet | grep -o 'event[0-9]'\n");
  await transcript.shows("\nevent", from);
  const [, device] = /^(event\d)/m.exec(transcript.text.slice(from)) as RegExpExecArray;
  await machine.console.write(
    `echo ready; dd if=/dev/input/${device} bs=24 count=9 2>/dev/null | hexdump -v -e '24/1 "%02x" "\\n"'\n`,
  );
  await transcript.shows("\nready", from);
  // 16 bytes of time, then type and code, two bytes each, and the value. What changes nothing is no event for Linux.
  const events = (): number[][] =>
    [...transcript.text.slice(from).matchAll(/^[0-9a-f]{48}$/gm)].map(([line]) => {
      const bytes = Buffer.from(line, "hex");
      return [bytes.readUInt16LE(16), bytes.readUInt16LE(18), bytes.readInt32LE(20)];
    });
  const places = async (): Promise<void> => {
    await machine.screen.pointer({ x: 0.5, y: 1, buttons: 0 });
    await machine.screen.pointer({ x: 0.25, y: 0, buttons: 2 });
    await machine.screen.pointer({ x: 0.25, y: 0, buttons: 0 });
  };
  // Until dd has opened the device, nobody notices.
  const count = () => places().then(() => events().length);
  await expect.poll(count, { ...SLOW, interval: 500 }).toBe(9);
  const [down] = events().flatMap(([type, code, value], at) => (type === 1 && code === 273 && value === 1 ? [at] : []));
  expect(events().slice((down as number) - 2, (down as number) + 2)).toEqual([
    [3, 0, 8192],
    [3, 1, 0],
    [1, 273, 1],
    [0, 0, 0],
  ]);
});

test("a screen of another size is one that the guest's driver hears of and takes, at the same step in each run", async () => {
  const machines = await Promise.all([1, 2].map(() => createInlineMachine(bundled("screen"))));
  const [one, other] = machines as [Machine, Machine];
  for (const machine of machines) await machine.load(saved);
  const { steps } = await one.statistics();
  const read = "dd if=/sys/class/drm/card0-Virtual-1/edid bs=1 skip=56 count=6 2>/dev/null | hexdump -C\n";
  for (const machine of machines) {
    await machine.screen.resize(512, 384, { atStep: steps + 1_000_000n });
    await machine.console.write(read, { atStep: steps + 20_000_000n });
  }
  // What is to come is part of the state.
  await other.load(await one.save());
  const output = new Transcript(one);
  for (const machine of machines) await machine.step(40_000_000);
  expect(await other.stateHash()).toBe(await one.stateHash());
  // Width and height of the preferred timing, with what is blank beside them (test/devices/virtio-gpu-edid.test.ts).
  await output.shows("00000000  00 a0 20 80 13 10  ");
  const { width, height } = await other.screen.capture();
  expect([width, height]).toEqual([512, 384]);
  await expect(one.screen.resize(1000, 700)).rejects.toThrow("a screen of 1000 x 700 pixels is not possible");
  for (const machine of machines) await machine.dispose();
});

test("a machine without a screen or a pointer says so", async () => {
  await expect(machine.screen.report("mouse", [])).rejects.toThrow("the machine has no mouse");
  await expect(machine.screen.key(0x1_0000, true)).rejects.toThrow("65536");
  const bare = await createInlineMachine(bundled("hello"));
  expect([bare.info.screen, bare.info.inputs]).toEqual([null, []]);
  expect(await bare.screen.capture()).toEqual({ width: 0, height: 0, rgba: new Uint8ClampedArray(0) });
  await expect(bare.screen.key(30, true)).rejects.toThrow("the machine has no keyboard");
  await expect(bare.screen.resize(800, 600)).rejects.toThrow("the machine has no screen");
  await bare.dispose();
  for (const [screen, message] of [
    [{ width: 8 }, "screen: 8 x 800 is not possible"],
    [{ width: 8192, height: 8192 }, "8388608 pixels at most"],
  ] as const) {
    await expect(createInlineMachine({ ...bundled("hello"), screen })).rejects.toThrow(message);
  }
  const inputs = [{ device: "tablet" }, { device: "tablet" }] as const;
  await expect(createInlineMachine({ ...bundled("hello"), inputs })).rejects.toThrow("there is a second tablet");
});
