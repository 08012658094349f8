/** Throws damaged packets at a session: mutated ones with a right checksum, cut and oversized ones, lines that break. */
import { expect } from "vitest";
import { packetOf } from "../../src/gdbstub/packet.ts";
import type { Machine } from "../../src/worker/node.ts";
import { Random } from "../differential/random.ts";
import { GdbLine, hexOfAscii } from "./line.ts";

/** What the mutations begin with: at least one of each packet that the server knows. */
const SEEDS: readonly string[] = [
  ...["?", "g", "p20", "pa", "p342", "pfff", "P20=0010000000000000", "Pa=0500000000000000", "P342=0000000000000000"],
  ...["m80000000,40", "m1000,10", "mffffffffffffffff,2", "x80000000,40", "M80000800,4:00112233", "X80000900,4:abcd"],
  ...["Z0,80000010,4", "Z1,80000010,2", "Z2,80000800,8", "Z3,80000800,1", "Z4,80000800,4", "z0,80000010,4"],
  ...["Z0,80000020,4;X6,26000a22001327", "z2,80000800,8", "Hg1", "Hc-1", "T1", "D", "k", "vKill;1", "vMustReplyEmpty"],
  ...["c", "s", "C05", "S05;80000000", "vCont;c", "vCont;s:1", "vCont;r80000000,80000010:1", "vCont?", "vCont;t"],
  ...["qSupported:swbreak+", "qC", "qfThreadInfo", "qsThreadInfo", "qThreadExtraInfo,1", "qAttached", "qSymbol::"],
  ...["qXfer:features:read:target.xml:0,100", "qXfer:memory-map:read::0,400", "qqemu.sstep", "Qqemu.sstep=7"],
  ...["Qqemu.PhyMemMode:1", "Qqemu.PhyMemMode:0", "QStartNoAckMode"],
  ...["info registers all", "info sync", "x/4xg 0x80000000", "xp/8b 4096", "system_reset", "help", "info status"].map(
    (command) => `qRcmd,${hexOfAscii(command)}`,
  ),
];

/** Characters that packets are made of, which find more than any bytes do. */
const ALPHABET = "0123456789abcdefxXzZpPgG,;:=-.+#$}*\x03\x00\xff";

function mutated(random: Random): string {
  let text = SEEDS[random.below(SEEDS.length)] as string;
  for (let count = random.below(4); count > 0; count--) {
    const at = random.below(text.length + 1);
    const character = ALPHABET[random.below(ALPHABET.length)] as string;
    const other = SEEDS[random.below(SEEDS.length)] as string;
    switch (random.below(5)) {
      case 0:
        text = text.slice(0, at) + character + text.slice(at);
        break;
      case 1:
        text = text.slice(0, at) + text.slice(at + 1 + random.below(4));
        break;
      case 2:
        text = text.slice(0, at) + character + text.slice(at + 1);
        break;
      case 3:
        text = text.slice(0, at) + other.slice(random.below(other.length));
        break;
      default:
        text = text.slice(0, at) + (text[at] ?? "0").repeat(1 + random.below(40)) + text.slice(at);
    }
  }
  return text;
}

const MOVES = /^([cCsSDk]|vCont|vKill)/;

/** Every packet is acknowledged and, unless it moves the machine, answered once; the machine lives. */
export async function fuzz(machine: Machine, count: number, seed: number): Promise<void> {
  const random = new Random(seed);
  let gdb = await GdbLine.open(machine);
  let acknowledges = true;
  for (let n = 0; n < count; n++) {
    const packet = mutated(random);
    const characters = String.fromCharCode(...packetOf(packet));
    const kind = random.below(40);
    gdb.acks = "";
    gdb.packets.length = 0;
    if (kind === 0) {
      // Cut: what follows is taken for its rest, or begins anew.
      await gdb.raw(characters.slice(0, random.below(characters.length)));
    } else if (kind === 1) {
      await gdb.raw("\x03");
    } else if (kind === 2 && random.below(20) === 0) {
      await gdb.raw(`$${"m".repeat(0x8001 + random.below(0x100))}#00`);
    } else {
      // Ends what may have been cut before.
      await gdb.raw("#00");
      gdb.acks = "";
      gdb.packets.length = 0;
      await gdb.raw(characters);
      const isEnd = gdb.ended !== null;
      if (acknowledges && !isEnd) expect(gdb.acks, JSON.stringify(packet)).toBe("+");
      if (!MOVES.test(packet) && !isEnd) {
        const answers = gdb.packets.filter((answer) => !/^O[\da-f]/.test(answer) && !/^[TWX]/.test(answer));
        if (packet !== "?") expect(answers.length, JSON.stringify(packet)).toBe(1);
      }
      if (packet === "QStartNoAckMode") acknowledges = false;
    }
    if (machine.state.kind === "running" && random.below(2) === 0) await gdb.raw("\x03");
    if (gdb.ended !== null || random.below(400) === 0) {
      await gdb.close();
      gdb = await GdbLine.open(machine);
      acknowledges = true;
      if (machine.state.kind === "stopped" && /poweroff|failure|reset/.test(machine.state.reason))
        await machine.reset();
    }
    expect(machine.state.kind).not.toBe("dead");
  }
  await gdb.close();
}
