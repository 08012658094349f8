/** Framing of the remote protocol: every way in which a stream can be cut, damaged or too long. */
import { describe, expect, test } from "vitest";
import {
  bytesOfCharacters,
  charactersOfBytes,
  type Incoming,
  PACKET_BYTES,
  PacketReader,
  packetOf,
} from "../../src/gdbstub/packet.ts";

/** What a reader makes of characters, as short texts. */
function read(text: string, reader = new PacketReader()): string[] {
  return [...reader.read(bytesOfCharacters(text))].map(shown);
}

function shown(item: Incoming): string {
  return item.kind === "packet" ? `packet ${charactersOfBytes(item.content)}` : item.kind;
}

describe("reading", () => {
  test.each([
    ["$g#67", ["packet g"]],
    ["+$g#67-", ["ack", "packet g", "nak"]],
    ["$#00", ["packet "]],
    ["$g#68", ["damaged"]],
    ["$g#6x", ["damaged"]],
    ["$g#zz", ["damaged"]],
    ["\x03", ["interrupt"]],
    // Between packets other bytes mean nothing.
    ["GET / HTTP/1.1\r\n$?#3f", ["packet ?"]],
    // A packet that lost its end.
    ["$m100,$g#67", ["packet g"]],
    // Ctrl-C within a packet is a byte of it.
    ["$a\x03#64", ["packet a\x03"]],
    // } escapes the byte behind it.
    ["$X}\x03}]#b2", ["packet X#}"]],
    ["$}#7d", ["packet }"]],
  ])("%j", (text, items) => {
    expect(read(text)).toEqual(items);
  });

  test("in pieces of one byte", () => {
    const reader = new PacketReader();
    expect([..."+$vCont?#49$g#67"].flatMap((character) => read(character, reader))).toEqual([
      "ack",
      "packet vCont?",
      "packet g",
    ]);
  });

  test("the largest packet, and one byte more", () => {
    const largest = "m".repeat(PACKET_BYTES);
    expect(read(charactersOfBytes(packetOf(largest)))).toEqual([`packet ${largest}`]);
    expect(read(`${charactersOfBytes(packetOf(`${largest}m`))}$?#3f`)).toEqual(["oversized", "packet ?"]);
  });
});

describe("writing", () => {
  test("checksum, and escapes of what has a meaning", () => {
    expect(charactersOfBytes(packetOf("OK"))).toBe("$OK#9a");
    expect(charactersOfBytes(packetOf("#$}*"))).toBe("$}\x03}\x04}]}\n#62");
  });

  test("what is written is read", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
    const [item] = [...new PacketReader().read(packetOf(bytes))];
    expect(item).toEqual({ kind: "packet", content: bytes });
  });
});
