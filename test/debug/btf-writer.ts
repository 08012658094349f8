/** Writes BTF (Documentation/bpf/btf.rst of Linux), for tests of what reads it. */

export interface MemberOf {
  /** "": a member without a name. */
  readonly name: string;
  readonly type: number;
  readonly bit: number;
  /** Bits of a bitfield. */
  readonly bits?: number;
}

const [INT, PTR, ARRAY, STRUCT, UNION, ENUM, TYPEDEF, CONST] = [1, 2, 3, 4, 5, 6, 8, 10];

export class BtfWriter {
  private readonly types: number[] = [];
  private readonly strings: number[] = [0];
  private count = 0;

  int(name: string, bytes: number): number {
    return this.add(name, INT, 0, bytes, [bytes * 8]);
  }

  pointer(to: number): number {
    return this.add("", PTR, 0, to);
  }

  array(of: number, index: number, length: number): number {
    return this.add("", ARRAY, 0, 0, [of, index, length]);
  }

  typedef(name: string, of: number): number {
    return this.add(name, TYPEDEF, 0, of);
  }

  constant(of: number): number {
    return this.add("", CONST, 0, of);
  }

  enumeration(name: string, names: readonly string[]): number {
    return this.add(
      name,
      ENUM,
      names.length,
      4,
      names.flatMap((value, index) => [this.string(value), index]),
    );
  }

  struct(name: string, bytes: number, members: readonly MemberOf[], union = false): number {
    const bitfields = members.some(({ bits }) => bits !== undefined);
    const words = members.flatMap(({ name, type, bit, bits = 0 }) => [this.string(name), type, (bits << 24) | bit]);
    return this.add(name, union ? UNION : STRUCT, members.length, bytes, words, bitfields);
  }

  bytes(): Uint8Array {
    const types = new Uint8Array(Uint32Array.from(this.types).buffer);
    const bytes = new Uint8Array(24 + types.length + this.strings.length);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, 0xeb9f, true);
    view.setUint8(2, 1);
    view.setUint32(4, 24, true);
    view.setUint32(12, types.length, true);
    view.setUint32(16, types.length, true);
    view.setUint32(20, this.strings.length, true);
    bytes.set(types, 24);
    bytes.set(this.strings, 24 + types.length);
    return bytes;
  }

  private add(name: string, kind: number, count: number, word: number, rest: number[] = [], flag = false): number {
    this.types.push(this.string(name), ((flag ? 1 << 31 : 0) | (kind << 24) | count) >>> 0, word, ...rest);
    this.count++;
    return this.count;
  }

  private string(text: string): number {
    if (text === "") return 0;
    const at = this.strings.length;
    this.strings.push(...new TextEncoder().encode(text), 0);
    return at;
  }
}
