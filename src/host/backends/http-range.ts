/** Parts of a file behind an HTTP address: asked for again when a connection breaks, refused when the file is another one. */

/** How long to wait before each further attempt, in ms. */
const PAUSES_MS = [200, 1000, 3000];
/** A connection that brings nothing for so long is given up, in ms. */
const SILENCE_MS = 20_000;

/** Trouble that may have gone at the next attempt. */
class PassingFault extends Error {}

/** The file as it was at the first answer: all later ones must be of the same. */
export interface HttpFile {
  readonly bytes: number;
  /** What the server says that tells versions apart: entity tag or date; "" if it says neither, or hides them. */
  readonly version: string;
}

export interface HttpRangesOptions {
  /** Default: the host's own. */
  readonly fetch?: typeof fetch;
  readonly pausesMs?: readonly number[];
  readonly silenceMs?: number;
}

export class HttpRanges {
  /** null until the first answer. */
  private known: HttpFile | null = null;
  private readonly fetch: typeof fetch;
  private readonly pausesMs: readonly number[];
  private readonly silenceMs: number;
  /** The file is not what it was: nothing that comes now would fit to what has been read. */
  private changed: Error | null = null;
  private readonly closing = new AbortController();

  constructor(
    readonly address: string,
    options: HttpRangesOptions = {},
  ) {
    this.fetch = options.fetch ?? ((...request) => globalThis.fetch(...request));
    this.pausesMs = options.pausesMs ?? PAUSES_MS;
    this.silenceMs = options.silenceMs ?? SILENCE_MS;
  }

  /** What the first answer said. Throws before there was one. */
  get file(): HttpFile {
    if (this.known === null) throw new Error(`${this.address} has not been asked for yet`);
    return this.known;
  }

  /**
   * `length` bytes from `offset` on, fewer where the file ends. Throws an Error that names the address and what is wrong with the
   * answers, after as many attempts as make sense.
   */
  async read(offset: number, length: number): Promise<Uint8Array> {
    for (let attempt = 0; ; attempt++) {
      if (this.changed !== null) throw this.changed;
      try {
        return await this.ask(offset, length);
      } catch (error) {
        const pause = this.pausesMs[attempt];
        if (!(error instanceof PassingFault)) throw error;
        if (pause === undefined) throw new Error(`${error.message} (asked ${attempt + 1} times)`);
        await new Promise((resolve) => setTimeout(resolve, pause));
        if (this.closing.signal.aborted) throw error;
      }
    }
  }

  /** Breaks off what is under way. */
  close(): void {
    this.closing.abort();
  }

  private async ask(offset: number, length: number): Promise<Uint8Array> {
    const breaking = new AbortController();
    const giveUp = () => breaking.abort();
    this.closing.signal.addEventListener("abort", giveUp, { once: true });
    const silence = new Alarm(this.silenceMs, giveUp);
    try {
      const response = await this.respond(offset, length, breaking.signal);
      const expected = await this.judge(response, offset, length);
      if (expected === null) {
        giveUp();
        this.changed = new Error(
          `${this.address} has changed on the server since the machine was started: start the machine again to use the new one`,
        );
        throw this.changed;
      }
      return await this.collect(response, expected, silence);
    } finally {
      silence.end();
      this.closing.signal.removeEventListener("abort", giveUp);
    }
  }

  private async respond(offset: number, length: number, signal: AbortSignal): Promise<Response> {
    const headers = { Range: `bytes=${offset}-${offset + length - 1}` };
    try {
      // A cache would mix parts of several versions, and hide which one a part is of.
      return await this.fetch(this.address, { headers, cache: "no-store", signal });
    } catch (error) {
      if (this.known !== null || sharesOrigin(this.address)) {
        throw new PassingFault(`${this.address} cannot be reached: ${(error as Error).message}`);
      }
      throw new PassingFault(await this.explain((error as Error).message));
    }
  }

  /** Why another origin's file could not be read at all, as far as the browser lets one know. */
  private async explain(message: string): Promise<string> {
    const { origin } = new URL(this.address);
    const header = `Access-Control-Allow-Origin: ${pageOrigin()}`;
    // An answer that may not be read shows that there is a server.
    const answers = await this.fetch(this.address, { method: "HEAD", mode: "no-cors" }).then(
      () => true,
      () => false,
    );
    return answers
      ? `${this.address} may not be read by this page: ${origin} must answer with the header ${header}`
      : `${this.address} cannot be reached, or ${origin} does not answer with the header ${header}: ${message}`;
  }

  /** Bytes that the answer is to bring; null: it is of another version of the file. */
  private async judge(response: Response, offset: number, length: number): Promise<number | null> {
    const { status, statusText, headers } = response;
    const fail = async (sentence: string, passing = false): Promise<never> => {
      response.body?.cancel().catch(() => {});
      throw passing ? new PassingFault(sentence) : new Error(sentence);
    };
    const answer = `${status} ${statusText}`.trimEnd();
    // A file that has become shorter has no such part any more.
    if (status === 416 && this.known !== null) return null;
    if (status === 200) {
      return fail(
        `${this.address}: the server sends the whole file where a part was asked for (no range support): ` +
          "put the image on a server that answers range requests, or download it and open the file",
      );
    }
    if (status !== 206) {
      return fail(`${this.address} cannot be loaded: ${answer}`, status >= 500 || status === 408 || status === 429);
    }
    const range = headers.get("content-range");
    if (range === null) {
      const remedy = sharesOrigin(this.address)
        ? "the server must send it"
        : `${new URL(this.address).origin} must answer with the header Access-Control-Expose-Headers: Content-Range`;
      return fail(`${this.address}: the answer has no header Content-Range that this page may read: ${remedy}`);
    }
    const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range);
    if (match === null) return fail(`${this.address}: the answer's header "Content-Range: ${range}" gives no size`);
    const [first, last, bytes] = match.slice(1).map(Number) as [number, number, number];
    const version = headers.get("etag") ?? headers.get("last-modified") ?? "";
    if (this.known !== null && (this.known.bytes !== bytes || this.known.version !== version)) return null;
    if (first !== offset || last !== Math.min(offset + length, bytes) - 1) {
      return fail(
        `${this.address}: asked for ${length} bytes at ${offset}, the server answers "Content-Range: ${range}"`,
      );
    }
    this.known ??= { bytes, version };
    return last - first + 1;
  }

  private async collect(response: Response, expected: number, silence: Alarm): Promise<Uint8Array> {
    const bytes = new Uint8Array(expected);
    let at = 0;
    try {
      for (const reader = response.body!.getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        silence.restart();
        if (at + value.length > expected) {
          reader.cancel().catch(() => {});
          throw new Error("more bytes came than were announced");
        }
        bytes.set(value, at);
        at += value.length;
      }
    } catch (error) {
      throw new PassingFault(`${this.address} broke off after ${at} of ${expected} bytes: ${(error as Error).message}`);
    }
    if (at !== expected) throw new PassingFault(`${this.address} broke off after ${at} of ${expected} bytes`);
    return bytes;
  }
}

/** Rings unless it is put off again and again. */
class Alarm {
  private timer: ReturnType<typeof setTimeout>;

  constructor(
    private readonly ms: number,
    private readonly ring: () => void,
  ) {
    this.timer = setTimeout(ring, ms);
  }

  restart(): void {
    this.end();
    this.timer = setTimeout(this.ring, this.ms);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

/** null outside a browser, where every address may be read. */
function pageOrigin(): string | null {
  return (globalThis as { location?: { origin: string } }).location?.origin ?? null;
}

function sharesOrigin(address: string): boolean {
  const origin = pageOrigin();
  return origin === null || new URL(address).origin === origin;
}
