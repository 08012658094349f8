/** The step of a tour, beside the panels: what to do, what has happened, and on to the next one. */
import { useEffect, useState } from "react";
import type { LayoutModel } from "../model/layout-model.ts";
import { panelsOf } from "../model/layout.ts";
import { selectorsOf } from "../tours/point-target.ts";
import type { TourStep } from "../tours/tour.ts";
import type { TourModel, TourState } from "../tours/tour-model.ts";
import { Button } from "../widgets/button.tsx";
import { Glyph } from "../widgets/glyph.tsx";
import { TourText } from "./tour-text.tsx";
import { forgetTourInAddress, leaveTour } from "./use-tours.ts";
import "./tours.css";

/** What is pointed at may come and go with its panel. */
const POINT_MS = 250;
const MARK = "data-tour-target";

export interface TourCardProps {
  readonly model: TourModel;
  readonly state: TourState;
  readonly layouts: LayoutModel;
}

export function TourCard({ model, state, layouts }: TourCardProps) {
  const { tour, step: number, outcome, hint, away } = state;
  const step = tour.steps[number] as TourStep;
  const last = number + 1 === tour.steps.length;
  const [folded, setFolded] = useState(false);
  usePointer(step, layouts, outcome === null && !away);
  const next = (): void => {
    model.next();
    if (last) forgetTourInAddress();
  };
  return (
    <section className={folded ? "tour tour-folded" : "tour"} aria-label={`Tour: ${tour.title}`}>
      <header className="tour-head">
        <p title={tour.summary}>{tour.title}</p>
        <button
          type="button"
          className="tour-fold"
          aria-expanded={!folded}
          onClick={() => setFolded(!folded)}
          title={folded ? "Show all of the step" : "Show only what to do"}
        >
          {folded ? "More" : "Less"}
        </button>
        <button type="button" aria-label="Leave the tour" title="Leave the tour" onClick={() => leaveTour(model)}>
          <Glyph name="close" />
        </button>
      </header>
      <progress
        className="progress tour-progress"
        max={tour.steps.length}
        value={number + (outcome === null ? 0 : 1)}
        aria-label="Steps done"
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <section className="tour-body" tabIndex={0} aria-label={step.title}>
        <p className="tour-number">
          Step {number + 1} of {tour.steps.length}
        </p>
        <h2>{step.title}</h2>
        <div className="tour-text">
          {step.text.map((text) => (
            <p key={text}>
              <TourText text={text} />
            </p>
          ))}
        </div>
        <p className="tour-task">
          <TourText text={step.task} />
        </p>
        <div role="status">
          {away && <p className="tour-hint">Another machine is open now. The tour waits.</p>}
          {hint !== null && (
            <p className="tour-hint">
              <Glyph name="alert" />
              <span>
                <TourText text={hint} />
              </span>
            </p>
          )}
          {outcome !== null && (
            <p className="tour-outcome">
              <Glyph name="check" />
              <span>
                <TourText text={outcome} />
              </span>
            </p>
          )}
        </div>
      </section>
      <footer className="tour-foot">
        <Button onClick={() => void model.again()} title="The machine runs to where the step began">
          {away ? "Open it again" : "Start this step again"}
        </Button>
        <Button primary disabled={outcome === null || away} onClick={next} title="N">
          {last ? "Finish" : "Next"}
        </Button>
      </footer>
    </section>
  );
}

/** Marks what the step speaks of, as soon and as long as it is in the page. */
function usePointer(step: TourStep, layouts: LayoutModel, active: boolean): void {
  useEffect(() => {
    if (!active) return;
    let marked: Element | null = null;
    const point = (): void => {
      const open = step.panels.filter((panel) => panelsOf(layouts.layout.get()).includes(panel));
      const found = selectorsOf(step.point, open)
        .map((selector) => document.querySelector(selector))
        .find((element) => element instanceof HTMLElement && element.offsetParent !== null);
      if (found === marked) return;
      marked?.removeAttribute(MARK);
      marked = found ?? null;
      marked?.setAttribute(MARK, "");
      marked?.scrollIntoView({ block: "nearest" });
    };
    point();
    const timer = setInterval(point, POINT_MS);
    return () => {
      clearInterval(timer);
      marked?.removeAttribute(MARK);
    };
  }, [step, layouts, active]);
}
