/** The guided tours of the page: which there are, the one in the address, and commands for them. */
import { useEffect, useMemo, useState } from "react";
import type { BundledGuest } from "../model/bundled-guests.ts";
import type { LayoutModel } from "../model/layout-model.ts";
import type { MachineModel } from "../model/machine-model.ts";
import { loadTours } from "../tours/load-tours.ts";
import type { Tour } from "../tours/tour.ts";
import { TourModel } from "../tours/tour-model.ts";
import { TourProgress } from "../tours/tour-progress.ts";
import { useStore } from "../widgets/use-store.ts";
import type { Command } from "./commands.ts";

export interface Tours {
  readonly model: TourModel;
  readonly list: readonly Tour[];
  /** Goes on with a tour, or begins it. */
  readonly begin: (tour: Tour, afresh?: boolean) => void;
  readonly commands: () => readonly Command[];
}

const NO_GUESTS: readonly BundledGuest[] = [];

/** `guests`: null until they are known. `openNamed` opens what else the address names, where it names no tour that there is. */
export function useTours(
  machine: MachineModel,
  layouts: LayoutModel,
  guests: readonly BundledGuest[] | null,
  openNamed: (guests: readonly BundledGuest[]) => void,
  leave: (act: () => void) => void,
): Tours {
  const model = useMemo(() => new TourModel(machine, layouts, new TourProgress(storage())), [machine, layouts]);
  const [list, setList] = useState<readonly Tour[]>([]);
  const tour = useStore(model.state)?.tour ?? null;
  const target = guests?.[0]?.target;

  useEffect(() => {
    model.guests = guests ?? NO_GUESTS;
  }, [model, guests]);
  useEffect(() => {
    if (target === undefined) return;
    loadTours(target).then(setList, (error: Error) => {
      machine.notice.set({ kind: "trouble", text: `The guided tours cannot be loaded: ${error.message}` });
      if (machine.guest.get() === null) openNamed(guests ?? NO_GUESTS);
    });
  }, [target, guests, machine, openNamed]);
  useEffect(() => {
    const begin = (): void => {
      const name = tourInAddress();
      const named = list.find(({ id }) => id === name);
      if (named !== undefined && model.state.get()?.tour !== named) void model.begin(named);
      else if (name !== null && named === undefined && list.length > 0) {
        const names = list.map(({ id }) => id).join(", ");
        machine.notice.set({ kind: "trouble", text: `There is no tour “${name}”; there are ${names}.` });
        if (machine.guest.get() === null) openNamed(guests ?? NO_GUESTS);
      }
    };
    begin();
    window.addEventListener("hashchange", begin);
    return () => window.removeEventListener("hashchange", begin);
  }, [list, guests, model, machine, openNamed]);
  useEffect(() => {
    if (tour !== null) nameTourInAddress(tour);
  }, [tour]);

  const begin = (tour: Tour, afresh?: boolean): void => leave(() => void model.begin(tour, afresh));
  const commands = (): readonly Command[] => [
    ...list.map((each) => ({
      id: `tour-${each.id}`,
      title: `Tour: ${each.title}`,
      enabled: true,
      act: () => begin(each),
    })),
    {
      id: "tour-next",
      title: "Tour: the next step",
      keys: "N",
      enabled: model.state.get()?.outcome != null,
      act: () => model.next(),
    },
    {
      id: "tour-again",
      title: "Tour: start this step again",
      enabled: tour !== null,
      act: () => void model.again(),
    },
    { id: "tour-leave", title: "Tour: leave it", enabled: tour !== null, act: () => leaveTour(model) },
  ];
  return { model, list, begin, commands };
}

/** The tour can be gone on with later; the address does not name it any more. */
export function leaveTour(model: TourModel): void {
  model.leave();
  forgetTourInAddress();
}

export function forgetTourInAddress(): void {
  if (tourInAddress() === null) return;
  const url = new URL(window.location.href);
  url.hash = "";
  window.history.replaceState(null, "", url);
}

export function tourInAddress(): string | null {
  return new URLSearchParams(window.location.hash.slice(1)).get("tour");
}

/** A link of its own: what else stood in the address was of another machine. */
function nameTourInAddress(tour: Tour): void {
  const url = new URL(window.location.href);
  url.search = new URLSearchParams({ machine: tour.guest }).toString();
  url.hash = new URLSearchParams({ tour: tour.id }).toString();
  window.history.replaceState(null, "", url);
}

function storage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    // Forbidden here: then nothing is remembered.
    return null;
  }
}
