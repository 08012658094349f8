/** The stop points of all clients of a machine, and what the core must look out for because of them. */
import { DEBUG_WATCHES } from "../../spec/abi.ts";
import type { Interests } from "./debug-record.ts";
import type { StopHit, StopPoint, StopPointState } from "./debug-types.ts";
import { ActivePoint, causeBits, isSamePoint, type PointScope, type WatchedRange } from "./stop-point.ts";

export class StopPointList {
  private points: ActivePoint[] = [];

  /** `changed` is called after each change. */
  constructor(
    private readonly scope: PointScope,
    private readonly changed: () => void,
  ) {}

  /** Points that are not switched off. */
  enabled: readonly ActivePoint[] = [];
  /** Some of them are changes of registers. */
  watchesRegisters = false;

  get states(): StopPointState[] {
    return this.points.map(({ state }) => state);
  }

  /** Replaces the points of a client, or throws and changes nothing. */
  set(points: readonly StopPoint[], client: number): StopPointState[] {
    const before = this.points.filter((active) => active.client === client);
    const ids = new Set<number>();
    const made = points.map((point) => {
      try {
        if (ids.has(point.id)) throw new Error("another has the same id");
        ids.add(point.id);
        const known = before.find((active) => active.point.id === point.id && isSamePoint(active.point, point));
        return new ActivePoint(client, point, this.scope, known);
      } catch (error) {
        throw new Error(`stop point ${point.id}: ${(error as Error).message}`);
      }
    });
    const all = [...this.points.filter((active) => active.client !== client), ...made];
    const addresses = all.filter(({ isEnabled, range }) => isEnabled && range !== null).length;
    // One place is a movement's.
    if (addresses >= DEBUG_WATCHES) {
      throw new Error(`${addresses} addresses cannot be watched at once, at most ${DEBUG_WATCHES - 1}`);
    }
    this.replace(all);
    return made.map(({ state }) => state);
  }

  removeOf(client: number): void {
    this.remove((active) => active.client === client);
  }

  /** Temporary points among those that have stopped the machine. */
  removeTemporary(hits: readonly StopHit[]): void {
    this.remove(
      ({ client, point }) =>
        point.temporary === true && hits.some((hit) => hit.client === client && hit.id === point.id),
    );
  }

  /** Ranges of addresses for the core. */
  get ranges(): WatchedRange[] {
    return this.enabled.flatMap(({ range }) => range ?? []);
  }

  /** Everything else that the core is to record; `allTraps`: each of them, whoever wants it. */
  interests(allTraps: boolean): Interests {
    let exceptions = allTraps ? causeBits("all") : 0n;
    let interrupts = exceptions;
    const controls = new Set<number>();
    for (const { point } of this.enabled) {
      if (point.kind === "trap") {
        exceptions |= causeBits(point.exceptions);
        interrupts |= causeBits(point.interrupts);
      } else if (point.kind === "csr") {
        for (const number of this.scope.target.controlNumbers(point.name)) controls.add(number);
      }
    }
    const privileges = this.enabled.some(({ point }) => point.kind === "privilege");
    return { exceptions, interrupts, privileges, controls: [...controls] };
  }

  private remove(isOver: (active: ActivePoint) => boolean): void {
    if (this.points.some(isOver)) this.replace(this.points.filter((active) => !isOver(active)));
  }

  private replace(points: ActivePoint[]): void {
    this.points = points;
    this.enabled = points.filter(({ isEnabled }) => isEnabled);
    this.watchesRegisters = this.enabled.some(({ point }) => point.kind === "register");
    this.changed();
  }
}
