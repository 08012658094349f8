/** Values over time as a line: the latest at the right, the scale from 0 to the largest. */

export interface TimePlotProps {
  /** What is shown, with its unit, for those who do not see it. */
  readonly label: string;
  /** Oldest first; null leaves a gap. */
  readonly values: readonly (number | null)[];
  /** How many values fill the width. */
  readonly width: number;
  /** The largest value of the scale; absent: as the values need. */
  readonly most?: number;
  readonly text: (value: number) => string;
}

const HEIGHT = 56;

export function TimePlot({ label, values, width, most, text }: TimePlotProps) {
  const numbers = values.filter((value) => value !== null);
  const top = most ?? Math.max(1, ...numbers);
  const latest = numbers.at(-1);
  const start = width - values.length;
  let path = "";
  let isDown = false;
  values.forEach((value, index) => {
    if (value === null) {
      isDown = false;
      return;
    }
    const y = HEIGHT - 2 - (Math.min(value, top) / top) * (HEIGHT - 6);
    path += `${isDown ? "L" : "M"}${start + index} ${y.toFixed(1)}`;
    isDown = true;
  });
  return (
    <figure className="time-plot">
      <figcaption>
        {label} <strong>{latest === undefined ? "–" : text(latest)}</strong>
        <span className="time-plot-most">top {text(top)}</span>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <path className="time-plot-base" d={`M0 ${HEIGHT - 2}H${width}`} vectorEffect="non-scaling-stroke" />
        <path className="time-plot-line" d={path} vectorEffect="non-scaling-stroke" />
      </svg>
    </figure>
  );
}
