/** The host end of the guest's terminal: holds input until the guest takes it, and output until it is passed on. */

export class ConsoleBackend {
  private readonly waiting: Uint8Array[] = [];
  /** Bytes of waiting[0] that the guest has taken. */
  private taken = 0;
  private waitingBytes = 0;
  /** Hears the guest's output as it is made, from within the core's call. */
  onOutput: ((bytes: Uint8Array) => void) | null = null;
  private output = new Uint8Array(4096);
  private outputBytes = 0;

  /** Bytes that the guest has not taken yet. */
  get available(): number {
    return this.waitingBytes;
  }

  /** Input for the guest; copied. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.waiting.push(bytes.slice());
    this.waitingBytes += bytes.length;
  }

  /** Moves as many waiting bytes to `into` as fit; answers how many. */
  take(into: Uint8Array): number {
    let count = 0;
    while (count < into.length && this.waiting.length > 0) {
      const first = this.waiting[0]!;
      const part = first.subarray(this.taken, this.taken + into.length - count);
      into.set(part, count);
      count += part.length;
      this.taken += part.length;
      if (this.taken < first.length) continue;
      this.waiting.shift();
      this.taken = 0;
    }
    this.waitingBytes -= count;
    return count;
  }

  /** The waiting bytes, for the machine's state hash. */
  peek(): Uint8Array {
    const bytes = new Uint8Array(this.waitingBytes);
    let at = 0;
    this.waiting.forEach((chunk, i) => {
      const rest = i === 0 ? chunk.subarray(this.taken) : chunk;
      bytes.set(rest, at);
      at += rest.length;
    });
    return bytes;
  }

  /** The machine is replaced: this is the input that waits. */
  replace(bytes: Uint8Array): void {
    this.waiting.length = 0;
    this.taken = 0;
    this.waitingBytes = 0;
    this.push(bytes);
  }

  /** Output of the guest; copied. */
  emit(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.output.set(bytes, this.outputBytes);
    this.outputBytes += bytes.length;
    this.onOutput?.(bytes);
  }

  emitByte(byte: number): void {
    this.reserve(1);
    this.output[this.outputBytes++] = byte;
    this.onOutput?.(Uint8Array.of(byte));
  }

  /** All output since the last call, as bytes of their own, or null. */
  drain(): Uint8Array | null {
    if (this.outputBytes === 0) return null;
    const bytes = this.output.slice(0, this.outputBytes);
    this.outputBytes = 0;
    return bytes;
  }

  private reserve(more: number): void {
    if (this.outputBytes + more <= this.output.length) return;
    const larger = new Uint8Array(Math.max(this.output.length * 2, this.outputBytes + more));
    larger.set(this.output.subarray(0, this.outputBytes));
    this.output = larger;
  }
}
