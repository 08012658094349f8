/** Packets of gdb's remote protocol: framing, checksums and escapes (GDB manual, "Overview" of the Remote Protocol). */

/** Most bytes of a packet's content, escapes included: what qSupported tells. */
export const PACKET_BYTES = 0x8000;

const DOLLAR = 0x24;
const HASH = 0x23;
const ESCAPE = 0x7d;
const ESCAPE_BIT = 0x20;
const RUN_LENGTH = 0x2a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const INTERRUPT = 0x03;

/** What came over the line. */
export type Incoming =
  | { readonly kind: "packet"; readonly content: Uint8Array }
  /** The checksum does not fit. */
  | { readonly kind: "damaged" }
  /** Longer than PACKET_BYTES. */
  | { readonly kind: "oversized" }
  | { readonly kind: "interrupt" }
  | { readonly kind: "ack" }
  | { readonly kind: "nak" };

type State = "between" | "content" | "checksum1" | "checksum2";

/** Cuts a stream of bytes into packets, however it comes in pieces. Bytes between packets that mean nothing are skipped. */
export class PacketReader {
  private state: State = "between";
  /** One byte more than allowed tells an oversized packet. */
  private readonly content = new Uint8Array(PACKET_BYTES + 1);
  private length = 0;
  private sum = 0;
  private stated = 0;

  *read(bytes: Uint8Array): Generator<Incoming> {
    for (const byte of bytes) {
      const item = this.take(byte);
      if (item !== null) yield item;
    }
  }

  private take(byte: number): Incoming | null {
    switch (this.state) {
      case "between":
        if (byte === DOLLAR) this.begin();
        else if (byte === INTERRUPT) return { kind: "interrupt" };
        else if (byte === PLUS) return { kind: "ack" };
        else if (byte === MINUS) return { kind: "nak" };
        return null;
      case "content":
        // A packet within a packet: the first one has lost its end.
        if (byte === DOLLAR) this.begin();
        else if (byte === HASH) this.state = "checksum1";
        else this.add(byte);
        return null;
      case "checksum1":
        this.stated = digit(byte) << 4;
        this.state = "checksum2";
        return null;
      case "checksum2":
        this.stated |= digit(byte);
        this.state = "between";
        return this.end();
    }
  }

  private begin(): void {
    this.state = "content";
    this.length = 0;
    this.sum = 0;
  }

  private add(byte: number): void {
    this.sum = (this.sum + byte) & 0xff;
    if (this.length < this.content.length) this.content[this.length++] = byte;
  }

  private end(): Incoming {
    if (this.stated !== this.sum) return { kind: "damaged" };
    if (this.length > PACKET_BYTES) return { kind: "oversized" };
    return { kind: "packet", content: unescaped(this.content.subarray(0, this.length)) };
  }
}

/** Value of a hexadecimal digit; anything else gives a number that no checksum has. */
function digit(byte: number): number {
  const value = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(value) ? 0x100 : value;
}

function unescaped(bytes: Uint8Array): Uint8Array {
  const plain = new Uint8Array(bytes.length);
  let length = 0;
  for (let n = 0; n < bytes.length; n++) {
    const byte = bytes[n] as number;
    // An escape at the end escapes nothing.
    if (byte === ESCAPE && n + 1 < bytes.length) plain[length++] = (bytes[++n] as number) ^ ESCAPE_BIT;
    else plain[length++] = byte;
  }
  return plain.subarray(0, length);
}

/** A packet around `content`, with escapes where they must be. A string's characters are bytes. */
export function packetOf(content: Uint8Array | string): Uint8Array {
  const plain = typeof content === "string" ? bytesOfCharacters(content) : content;
  const packet = new Uint8Array(2 * plain.length + 4);
  let length = 0;
  let sum = 0;
  const put = (byte: number) => {
    packet[length++] = byte;
    sum = (sum + byte) & 0xff;
  };
  packet[length++] = DOLLAR;
  for (const byte of plain) {
    if (byte === DOLLAR || byte === HASH || byte === ESCAPE || byte === RUN_LENGTH) {
      put(ESCAPE);
      put(byte ^ ESCAPE_BIT);
    } else put(byte);
  }
  const digits = sum.toString(16).padStart(2, "0");
  packet[length++] = HASH;
  packet[length++] = digits.charCodeAt(0);
  packet[length++] = digits.charCodeAt(1);
  return packet.subarray(0, length);
}

/** One byte a character, of which only the low eight bits count. */
export function bytesOfCharacters(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let n = 0; n < text.length; n++) bytes[n] = text.charCodeAt(n);
  return bytes;
}

/** One character a byte. */
export function charactersOfBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
