/** What stands behind ports, shared folder, firmware configuration and flash of the test board. */

interface ShareMessage {
  readonly bytes: number[];
  readonly room: number;
  started: boolean;
}

export class TestBackends {
  /** By port: its name, what waits for the guest, what the guest has written. */
  readonly names = new Map<number, string>();
  readonly waiting = new Map<number, number[]>();
  readonly written = new Map<number, number[]>();
  readonly messages = new Map<number, ShareMessage>();
  /** What the shared folder replies to a message; null: nothing yet. */
  reply: (message: Uint8Array, room: number) => Uint8Array | null = () => null;
  tag = "files";
  /** Calls about the shared folder. */
  readonly shareLog: string[] = [];
  readonly items = new Map<number, Uint8Array>();
  /** Bank, offset and length of each change of flash. */
  readonly flashLog: number[][] = [];

  textOf(port: number): string {
    return Buffer.from(this.written.get(port) ?? []).toString("latin1");
  }

  imports(all: Uint8Array) {
    const message = (tag: number): ShareMessage => {
      const found = this.messages.get(tag);
      if (found === undefined) throw new Error(`message ${tag} is not under way`);
      return found;
    };
    const replyTo = (tag: number) => {
      const { bytes, room, started } = message(tag);
      if (!started) throw new Error(`message ${tag} has not been started`);
      return this.reply(Uint8Array.from(bytes), room);
    };
    return {
      portOutBytes: (port: number, ptr: number, length: number) => {
        this.written.set(port, [...(this.written.get(port) ?? []), ...all.subarray(ptr, ptr + length)]);
      },
      portAvailable: (port: number) => this.waiting.get(port)?.length ?? 0,
      portTake: (port: number, ptr: number, max: number) => {
        const bytes = (this.waiting.get(port) ?? []).splice(0, max >>> 0);
        all.set(bytes, ptr);
        return bytes.length;
      },
      portName: (port: number, ptr: number, max: number) => {
        const bytes = Buffer.from(this.names.get(port) ?? "").subarray(0, max);
        all.set(bytes, ptr);
        return bytes.length;
      },
      shareConfig: (_share: number, offset: number) =>
        [this.tag.length & 0xff, this.tag.length >> 8, ...Buffer.from(this.tag)][offset] ?? 0,
      shareBegin: (share: number, tag: number, length: number, room: number) => {
        if (this.messages.has(tag)) throw new Error(`message ${tag} is under way`);
        this.messages.set(tag, { bytes: [], room, started: false });
        this.shareLog.push(`begin ${share} ${tag} ${length} ${room}`);
      },
      sharePut: (_share: number, tag: number, ptr: number, length: number) => {
        message(tag).bytes.push(...all.subarray(ptr, ptr + length));
      },
      shareStart: (_share: number, tag: number) => {
        message(tag).started = true;
      },
      shareReply: (_share: number, tag: number) => replyTo(tag)?.length ?? 0,
      shareGet: (_share: number, tag: number, offset: number, ptr: number, length: number) => {
        all.set((replyTo(tag) as Uint8Array).subarray(offset, offset + length), ptr);
      },
      shareEnd: (_share: number, tag: number) => {
        if (!this.messages.delete(tag)) throw new Error(`end of unknown message ${tag}`);
        this.shareLog.push(`end ${tag}`);
      },
      shareReset: (share: number) => this.shareLog.push(`reset ${share}`),
      firmwareItemBytes: (key: number) => this.items.get(key)?.length ?? 0,
      firmwareItemCopy: (key: number, offset: number, ptr: number, length: number) => {
        all.set(this.items.get(key)?.subarray(offset, offset + length) ?? [], ptr);
      },
      flashWritten: (bank: number, offset: number, length: number) => this.flashLog.push([bank, offset, length]),
    };
  }
}
