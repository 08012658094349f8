/** The tours to choose from. */
import type { Tours } from "./use-tours.ts";
import "./tours.css";

export interface TourListProps {
  readonly tours: Tours;
  /** Somebody has chosen one. */
  readonly onBegin: () => void;
}

export function TourList({ tours, onBegin }: TourListProps) {
  const { model, list } = tours;
  if (list.length === 0) return null;
  return (
    <section className="tour-list" aria-label="Guided tours">
      <h3>Guided tours</h3>
      <ul>
        {list.map((tour) => {
          const { mark, finished } = model.progress.of(tour.id);
          const begin = (afresh: boolean): void => {
            onBegin();
            tours.begin(tour, afresh);
          };
          return (
            <li key={tour.id}>
              <button type="button" onClick={() => begin(false)}>
                <strong>{tour.title}</strong>
                <span>{tour.summary}</span>
                <em>
                  {mark !== null && mark.step > 0
                    ? `Go on with step ${mark.step + 1} of ${tour.steps.length}`
                    : `${tour.steps.length} steps${finished ? ", done once" : ""}`}
                </em>
              </button>
              {mark !== null && mark.step > 0 && (
                <button type="button" className="link-button" onClick={() => begin(true)}>
                  From the beginning<span className="visually-hidden">: {tour.title}</span>
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
