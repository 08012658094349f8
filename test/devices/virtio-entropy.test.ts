import { expect, test } from "vitest";
import { RAM, TestBoard } from "./harness/board.ts";
import { VirtioDriver, WRITE } from "./harness/virtio-driver.ts";

async function draw(seed: bigint, length: number): Promise<string> {
  const board = await TestBoard.create({ slots: { 0: 4 }, seed });
  const driver = new VirtioDriver(board);
  const [queue] = driver.start(1, 8);
  queue!.chain(0, [{ pa: RAM + 0x1000n, length, flags: WRITE }]);
  queue!.offer(0);
  driver.notify(0);
  expect(queue!.usedEntry(0)).toEqual([0, length]);
  return Buffer.from(board.ram.subarray(0x1000, 0x1000 + length)).toString("hex");
}

/** The published algorithms xoshiro256** and splitmix64, with big integers. */
function reference(seed: bigint, length: number): string {
  const wrap = (x: bigint) => BigInt.asUintN(64, x);
  const rotl = (x: bigint, k: bigint) => wrap(x << k) | (wrap(x) >> (64n - k));
  const s = [1n, 2n, 3n, 4n].map((i) => {
    let z = wrap(seed + i * 0x9e37_79b9_7f4a_7c15n);
    z = wrap((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n);
    z = wrap((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn);
    return z ^ (z >> 31n);
  }) as [bigint, bigint, bigint, bigint];
  const bytes: number[] = [];
  while (bytes.length < length) {
    const word = wrap(rotl(wrap(s[1] * 5n), 7n) * 9n);
    const t = wrap(s[1] << 17n);
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45n);
    for (let i = 0n; i < 8n; i++) bytes.push(Number((word >> (8n * i)) & 0xffn));
  }
  return Buffer.from(bytes.slice(0, length)).toString("hex");
}

test.each([0n, 1n, 0xffff_ffff_ffff_ffffn])(
  "the entropy of seed %i is that of xoshiro256**, every time",
  async (seed) => {
    expect(await draw(seed, 37)).toBe(reference(seed, 37));
    expect(await draw(seed, 37)).toBe(reference(seed, 37));
  },
);

test("a driver's reset goes on in the sequence, a machine's reset starts it anew", async () => {
  const board = await TestBoard.create({ slots: { 0: 4 }, seed: 5n });
  const next = () => {
    const driver = new VirtioDriver(board);
    board.ram.fill(0, 0, 0x20_0000);
    const [queue] = driver.start(1, 8);
    queue!.chain(0, [{ pa: RAM, length: 8, flags: WRITE }]);
    queue!.offer(0);
    driver.notify(0);
    return Buffer.from(board.ram.subarray(0, 8)).toString("hex");
  };
  const words = reference(5n, 16);
  expect([next(), next()]).toEqual([words.slice(0, 16), words.slice(16)]);
  board.core.reset();
  expect(next()).toBe(words.slice(0, 16));
});

test("one request gets 64 KiB at most", async () => {
  const board = await TestBoard.create({ slots: { 0: 4 } });
  const driver = new VirtioDriver(board);
  const [queue] = driver.start(1, 8);
  queue!.chain(0, [
    { pa: RAM + 0x20_0000n, length: 0x8000, flags: WRITE },
    { pa: RAM + 0x30_0000n, length: 0x10_0000, flags: WRITE },
  ]);
  queue!.offer(0);
  driver.notify(0);
  expect(queue!.usedEntry(0)).toEqual([0, 0x1_0000]);
  expect(board.ram.subarray(0x30_8000, 0x30_8100).every((byte) => byte === 0)).toBe(true);
});
