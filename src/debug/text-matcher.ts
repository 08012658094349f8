/** Finds a text in a stream of bytes as they come (Knuth, Morris, Pratt). */

export class TextMatcher {
  private readonly bytes: Uint8Array;
  /** Of each prefix: the length of its longest proper prefix that is a suffix of it too. */
  private readonly borders: Int32Array;
  private matched = 0;

  constructor(text: string) {
    this.bytes = new TextEncoder().encode(text);
    this.borders = new Int32Array(this.bytes.length + 1);
    for (let i = 1, border = 0; i < this.bytes.length; i++) {
      while (border > 0 && this.bytes[i] !== this.bytes[border]) border = this.borders[border];
      if (this.bytes[i] === this.bytes[border]) border++;
      this.borders[i + 1] = border;
    }
  }

  /** Takes the next bytes; answers how often the text ended among them. */
  take(bytes: Uint8Array): number {
    let found = 0;
    for (const byte of bytes) {
      while (this.matched > 0 && byte !== this.bytes[this.matched]) this.matched = this.borders[this.matched];
      if (byte === this.bytes[this.matched]) this.matched++;
      if (this.matched < this.bytes.length) continue;
      found++;
      this.matched = this.borders[this.matched];
    }
    return found;
  }
}
