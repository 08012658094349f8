/** Values of the last while as a line, drawn by uPlot; the value at any moment as text, by the pointer or the arrow keys. */
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./time-plot.css";

/** One value; null: there is none for that time, which leaves a gap. */
export interface TimedValue {
  /** Milliseconds since some moment. */
  readonly at: number;
  readonly value: number | null;
}

export interface TimePlotProps {
  readonly label: string;
  /** Oldest first. A new array is a new picture. */
  readonly values: readonly TimedValue[];
  /** How many seconds before the latest value are shown. */
  readonly seconds: number;
  /** The largest value of the scale; absent: as the values need. */
  readonly most?: number;
  /** A value with its unit. */
  readonly text: (value: number) => string;
  /** A place of the scale; its unit stands in the label. */
  readonly tick: (value: number) => string;
  /** With another theme it is drawn again. */
  readonly theme: string;
}

/** Seconds that an arrow key moves; values further than this from each other are not joined. */
const KEY_STEP = 0.5;
const LONGEST_JOIN = 3;
const HEIGHT = 120;

export function TimePlot(props: TimePlotProps) {
  const { label, values, seconds, text, theme } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  // Read when the picture is drawn, so that a change of these alone builds nothing anew.
  const latestProps = useRef(props);
  latestProps.current = props;
  /** Seconds before the latest value; null: no moment is chosen. */
  const [ago, setAgo] = useState<number | null>(null);

  useEffect(() => {
    const element = place.current as HTMLDivElement;
    const drawn = new uPlot(options(element, latestProps, setAgo), [[], []], element);
    plot.current = drawn;
    const observer = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
      plot.current = null;
    };
  }, []);

  // In a frame, of which a hidden page has none: it draws nothing.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours of the theme are read while drawing
  useEffect(() => {
    const frame = requestAnimationFrame(() => plot.current?.setData(plotData(values)));
    return () => cancelAnimationFrame(frame);
  }, [values, theme]);

  const choose = (wanted: number | null) => {
    setAgo(wanted);
    const left = wanted === null ? -10 : (plot.current?.valToPos(-wanted, "x") ?? -10);
    plot.current?.setCursor({ left, top: 0 }, false);
  };
  const key = (event: KeyboardEvent) => {
    const from = ago ?? 0;
    const places: Record<string, number> = {
      ArrowLeft: from + KEY_STEP,
      ArrowRight: from - KEY_STEP,
      PageUp: from + 10,
      PageDown: from - 10,
      Home: seconds,
      End: 0,
    };
    const wanted = places[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    choose(Math.min(seconds, Math.max(0, wanted)));
  };

  const latest = values.at(-1)?.value;
  const known = values.flatMap(({ value }) => (value === null ? [] : [value]));
  const moment = ago === null ? null : momentText(values, ago, text);
  return (
    <figure className="time-plot">
      <figcaption>
        {label} <strong>{latest == null ? "–" : text(latest)}</strong>
        <span className="time-plot-moment">{moment ?? (known.length > 0 && `top ${text(Math.max(...known))}`)}</span>
      </figcaption>
      <div
        ref={place}
        className="time-plot-place"
        role="slider"
        tabIndex={0}
        aria-label={`${label}: moment`}
        aria-valuemin={-seconds}
        aria-valuemax={0}
        aria-valuenow={-(ago ?? 0)}
        aria-valuetext={moment ?? momentText(values, 0, text)}
        onKeyDown={key}
        onFocus={(event) => event.currentTarget.matches(":focus-visible") && choose(ago ?? 0)}
        onBlur={() => choose(null)}
      />
    </figure>
  );
}

function options(
  element: HTMLElement,
  props: { readonly current: TimePlotProps },
  onMoment: (ago: number | null) => void,
): uPlot.Options {
  const colour = (name: string) => () => getComputedStyle(element).getPropertyValue(name);
  const axis: uPlot.Axis = {
    font: `11px ${getComputedStyle(element).fontFamily}`,
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    gap: 4,
  };
  const { seconds } = props.current;
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, range: [-seconds, 0] },
      y: {
        range: (_plot, _least, most) => [0, props.current.most ?? uPlot.rangeNum(0, Math.max(1, most), 0.1, true)[1]],
      },
    },
    axes: [
      {
        ...axis,
        size: 24,
        gap: 6,
        splits: () => [-1, -2 / 3, -1 / 3, 0].map((part) => part * seconds),
        values: (_plot, places) => places.map((at) => (at === 0 ? "now" : `\u2212${-at} s`)),
      },
      {
        ...axis,
        size: 44,
        space: 28,
        values: (_plot, places) => places.map((value) => props.current.tick(value)),
      },
    ],
    series: [{}, { stroke: colour("--accent"), fill: colour("--accent-soft"), width: 1.5, points: { show: false } }],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6, stroke: colour("--accent") } },
    hooks: {
      setCursor: [
        (plot) => {
          const { left } = plot.cursor;
          const isThere = left !== undefined && left >= 0;
          onMoment(isThere ? Math.round(-plot.posToVal(left, "x") / KEY_STEP) * KEY_STEP : null);
        },
      ],
    },
  };
}

/** What uPlot takes: seconds before the latest value, and the values; null between two that are too far apart to be joined. */
function plotData(values: readonly TimedValue[]): uPlot.AlignedData {
  const latest = values.at(-1)?.at ?? 0;
  const times: number[] = [];
  const shown: (number | null)[] = [];
  for (const { at, value } of values) {
    const time = (at - latest) / 1000;
    const before = times.at(-1);
    if (before !== undefined && time - before > LONGEST_JOIN) {
      times.push((time + before) / 2);
      shown.push(null);
    }
    times.push(time);
    shown.push(value);
  }
  return [times, shown];
}

/** The value nearest to a moment, in words. */
function momentText(values: readonly TimedValue[], ago: number, text: (value: number) => string): string {
  const when = ago === 0 ? "now" : `${ago} s ago`;
  const at = (values.at(-1)?.at ?? 0) - ago * 1000;
  const distance = (of: TimedValue | undefined) => (of === undefined ? Number.POSITIVE_INFINITY : Math.abs(of.at - at));
  let nearest: TimedValue | undefined;
  for (const timed of values) if (distance(timed) < distance(nearest)) nearest = timed;
  const value = distance(nearest) > (LONGEST_JOIN * 1000) / 2 ? null : nearest?.value;
  return `${when}: ${value == null ? "no value" : text(value)}`;
}
