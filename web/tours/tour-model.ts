/** The tour that somebody takes: which step it is at, and whether the machine's state says that the step is done. */
import type { BundledGuest } from "../model/bundled-guests.ts";
import type { LayoutModel, StoredLayouts } from "../model/layout-model.ts";
import type { MachineModel } from "../model/machine-model.ts";
import { Store } from "../model/store.ts";
import { lookAt, Printed } from "./machine-look.ts";
import { panelOf } from "./point-target.ts";
import type { Notes, Tour, TourStep } from "./tour.ts";
import type { Mark, TourProgress } from "./tour-progress.ts";

export interface TourState {
  readonly tour: Tour;
  readonly step: number;
  /** What has happened, once the step is done. */
  readonly outcome: string | null;
  /** What was done instead, or null. */
  readonly hint: string | null;
  /** Another machine is open now. */
  readonly away: boolean;
  readonly notes: Notes;
}

/** Not everything that a step waits for tells of itself: groups that are fetched, names that are loaded. */
const LOOK_MS = 400;

const TOO_EARLY = "The machine has not come to where the tour begins: start this step again.";

export class TourModel {
  /** null: nobody takes one. */
  readonly state = new Store<TourState | null>(null);
  readonly #printed: Printed;
  #guests: readonly BundledGuest[] = [];
  /** Layouts before the tour, for its end. */
  #before: StoredLayouts | null = null;
  /** The machine has been changed by hand: running it anew would not lead here. */
  #edited = false;
  #looking = false;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly machine: MachineModel,
    private readonly layouts: LayoutModel,
    readonly progress: TourProgress,
  ) {
    this.#printed = new Printed(machine.console);
    const look = (): void => void this.#look();
    machine.view.subscribe(look);
    machine.guest.subscribe(look);
    machine.registers.dirtyGroups.subscribe(look);
    machine.registers.open.subscribe(look);
    machine.debug.points.subscribe(look);
  }

  /** Machines that tours can open. */
  set guests(guests: readonly BundledGuest[]) {
    this.#guests = guests;
  }

  get currentStep(): TourStep | null {
    const state = this.state.get();
    return state === null ? null : (state.tour.steps[state.step] as TourStep);
  }

  /** Opens the tour's machine where somebody has left the tour, or at its beginning. */
  async begin(tour: Tour, afresh = false): Promise<void> {
    this.#before ??= this.layouts.stored.get();
    const { mark } = this.progress.of(tour.id);
    const start: Mark = { step: 0, at: tour.at, notes: {} };
    const known = mark !== null && mark.step < tour.steps.length;
    await this.#goTo(tour, known && !afresh ? mark : start);
  }

  /** The present step from its beginning, or the last one before it that the machine comes to by itself. */
  async again(): Promise<void> {
    const state = this.state.get();
    if (state !== null) await this.begin(state.tour);
  }

  /** The step after this one, if this one is done. After the last one the tour is over. */
  next(): void {
    const state = this.state.get();
    if (state === null || state.outcome === null || state.away) return;
    const { tour, step, notes } = state;
    if (step + 1 === tour.steps.length) {
      this.progress.set(tour.id, { mark: null, finished: true });
      this.leave();
      return;
    }
    if (tour.steps[step]?.edits) this.#edited = true;
    const view = this.machine.view.get();
    if (!this.#edited && view.kind === "stopped") this.#mark(tour, { step: step + 1, at: view.steps, notes });
    this.#enter(tour, step + 1, notes);
  }

  /** Puts the tour away; begin() goes on with it. */
  leave(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.state.set(null);
    if (this.#before !== null) this.layouts.restore(this.#before);
    this.#before = null;
  }

  async #goTo(tour: Tour, mark: Mark): Promise<void> {
    const guest = this.#guests.find(({ id }) => id === tour.guest);
    if (guest === undefined) {
      this.machine.notice.set({
        kind: "trouble",
        text: `The tour needs the machine ${tour.guest}, which is not here.`,
      });
      return;
    }
    this.#edited = false;
    this.#mark(tour, mark);
    this.layouts.choose(tour.layout);
    // Whatever stops the machine on the way is the visitor's doing.
    this.machine.debug.start([]);
    const opened = this.machine.open(guest, mark.at === null ? {} : { at: mark.at });
    this.#enter(tour, mark.step, mark.notes);
    await opened;
  }

  #enter(tour: Tour, step: number, notes: Notes): void {
    this.state.set({ tour, step, notes, outcome: null, hint: null, away: false });
    const { panels, groups = [], point } = tour.steps[step] as TourStep;
    for (const panel of panels) this.layouts.show(panel);
    const front = panelOf(point) ?? panels[0];
    if (front !== undefined) this.layouts.front.set(front);
    const { registers } = this.machine;
    const open = registers.open.get();
    if (groups.some((group) => !open.has(group))) void registers.unfold([...open, ...groups]);
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MS);
    void this.#look();
  }

  #mark(tour: Tour, mark: Mark): void {
    this.progress.set(tour.id, { ...this.progress.of(tour.id), mark });
  }

  async #look(): Promise<void> {
    const state = this.state.get();
    if (state === null || state.outcome !== null || this.#looking) return;
    const step = state.tour.steps[state.step] as TourStep;
    const view = this.machine.view.get();
    const away = this.machine.guest.get()?.id !== state.tour.guest;
    const look = away ? null : lookAt(this.machine, this.#printed.text, state.notes);
    if (look === null) return this.#set(state, { away, hint: null });
    // It is on its way there, or has been reset, or somebody has stopped it.
    if (look.steps < (state.tour.at ?? 0n)) {
      const hint = view.kind === "stopped" && view.reason !== "created" ? TOO_EARLY : null;
      return this.#set(state, { away, hint });
    }
    this.#looking = true;
    try {
      const verdict = await step.check(look);
      const notes = verdict === true ? { ...state.notes, ...(await step.note?.(look)) } : state.notes;
      // What was seen meanwhile belongs to another moment; the next look will tell.
      if (view !== this.machine.view.get()) return;
      const outcome = verdict === true ? step.outcome(notes) : null;
      this.#set(state, { away, outcome, hint: typeof verdict === "string" ? verdict : null, notes });
    } catch {
      // The machine is gone; its state says so.
    } finally {
      this.#looking = false;
    }
  }

  /** Unless it is another step by now. */
  #set(from: TourState, part: Pick<TourState, "away" | "hint"> & Partial<TourState>): void {
    const now = this.state.get();
    if (now === null || now.tour !== from.tour || now.step !== from.step || now.outcome !== null) return;
    const next = { ...now, ...part };
    const isSame = next.away === now.away && next.hint === now.hint && next.outcome === now.outcome;
    if (!isSame) this.state.set(next);
  }
}
