/** Everything that reaches the guest from outside, in order and each at a known step, so that a run can be repeated. */
import { SCREEN_LEAST, SCREEN_MOST, SCREEN_STEP, VIDEO_BYTES } from "../spec/abi.ts";
import { checkReport, packReport } from "./input-report.ts";
import type { InputDevice, InputEvent } from "./machine-types.ts";

export type OutsideEvent =
  | { readonly kind: "console"; readonly bytes: Uint8Array }
  | { readonly kind: "resize"; readonly columns: number; readonly rows: number }
  /** The screen has a new size, in pixels. */
  | { readonly kind: "screen"; readonly width: number; readonly height: number }
  /** Input for a port of the console device. */
  | { readonly kind: "port"; readonly port: number; readonly bytes: Uint8Array }
  /** One report of an input device. */
  | { readonly kind: "input"; readonly device: InputDevice; readonly events: readonly InputEvent[] };

/** The guest has 16 bits for each. */
const MOST_CHARACTERS = 0xffff;

/** When an event reached the guest. */
export interface EventStamp {
  readonly steps: bigint;
  readonly virtualNs: bigint;
  /** Order among events at the same step. */
  readonly sequence: number;
}

/** An event that has not reached the guest yet, and the step at which it will. */
export interface QueuedEvent {
  readonly atStep: bigint;
  readonly event: OutsideEvent;
}

export class OutsideEvents {
  /** By ascending step; equal steps in the order in which they came. */
  private readonly queue: QueuedEvent[] = [];
  private sequence = 0;

  /** What waits, and how many events have been stamped. */
  get pending(): { readonly queue: readonly QueuedEvent[]; readonly sequence: number } {
    return { queue: [...this.queue], sequence: this.sequence };
  }

  /** The machine is replaced: this is what waits. */
  replace({ queue, sequence }: OutsideEvents["pending"]): void {
    this.queue.length = 0;
    for (const { event, atStep } of queue) this.add(event, atStep);
    this.sequence = sequence;
  }

  /** The event is due at step `atStep`. Throws a TypeError or RangeError for what cannot be given to a guest. */
  add(event: OutsideEvent, atStep: bigint): void {
    if (typeof atStep !== "bigint") throw new TypeError(`atStep: ${atStep} is not a bigint`);
    if (event.kind === "resize") checkSize(event.columns, event.rows);
    if (event.kind === "screen") checkScreen(event.width, event.height);
    if (event.kind === "input") checkReport(event.events);
    let at = this.queue.length;
    while (at > 0 && this.queue[at - 1]!.atStep > atStep) at--;
    this.queue.splice(at, 0, { atStep, event });
  }

  /** Step of the next event, or null. */
  get nextStep(): bigint | null {
    return this.queue[0]?.atStep ?? null;
  }

  /** Hands out, stamped, what is due at this step. */
  deliver(steps: bigint, virtualNs: bigint, apply: (event: OutsideEvent, stamp: EventStamp) => void): void {
    while (this.queue.length > 0 && this.queue[0]!.atStep <= steps) {
      apply(this.queue.shift()!.event, { steps, virtualNs, sequence: this.sequence++ });
    }
  }

  /** The machine, which was at step `steps`, begins anew at step 0: what was due by then is due at once. */
  restart(steps: bigint): void {
    this.queue.forEach(({ atStep, event }, at) => {
      if (atStep <= steps) this.queue[at] = { atStep: 0n, event };
    });
  }

  /** The machine waits for nothing but the next event: it is due now. */
  bringForward(steps: bigint): void {
    const [next] = this.queue;
    if (next !== undefined && next.atStep > steps) this.queue[0] = { ...next, atStep: steps };
  }
}

/** All of an event, for the machine's state hash. */
export function eventBytes(event: OutsideEvent): Uint8Array {
  if (event.kind === "console" || event.kind === "port") return event.bytes;
  return new TextEncoder().encode(textOf(event));
}

function textOf(event: Exclude<OutsideEvent, { readonly kind: "console" | "port" }>): string {
  if (event.kind === "resize") return `${event.columns}x${event.rows}`;
  if (event.kind === "screen") return `screen ${event.width}x${event.height}`;
  return `${event.device} ${packReport(event.events)}`;
}

function checkSize(columns: number, rows: number): void {
  const isPossible = (value: number) => Number.isInteger(value) && value >= 0 && value <= MOST_CHARACTERS;
  if (isPossible(columns) && isPossible(rows)) return;
  throw new RangeError(
    `a terminal of ${columns} columns and ${rows} rows is not possible; each is 0 to ${MOST_CHARACTERS}`,
  );
}

/** Throws a RangeError for a size that a screen cannot take on. */
export function checkScreen(width: number, height: number): void {
  const isPossible = (side: number) => side >= SCREEN_LEAST && side <= SCREEN_MOST && side % SCREEN_STEP === 0;
  if (isPossible(width) && isPossible(height) && width * height * 4 <= VIDEO_BYTES) return;
  const limits = `each is a multiple of ${SCREEN_STEP} from ${SCREEN_LEAST} to ${SCREEN_MOST}`;
  throw new RangeError(
    `a screen of ${width} x ${height} pixels is not possible; ${limits}, and both together ${VIDEO_BYTES / 4} pixels at most`,
  );
}
