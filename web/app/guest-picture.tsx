/** A small picture of a machine: its screen, in lines of the lengths of the words that describe it. */
import type { BundledGuest } from "../model/bundled-guests.ts";

const WIDTH = 88;
const LINES = 5;

export function GuestPicture({ guest }: { readonly guest: BundledGuest }) {
  const words = guest.description.split(" ");
  const lines = Array.from({ length: LINES }, (_, line) => words.slice(line * 3, line * 3 + 3));
  return (
    <svg className="guest-picture" viewBox="0 0 104 64" aria-hidden="true" focusable="false">
      <rect x="1" y="1" width="102" height="62" rx="5" className="guest-screen" />
      {lines.map((line, row) => {
        let x = 8;
        return line.map((word, index) => {
          const width = Math.min(word.length * 3.4, WIDTH + 8 - x);
          const from = x;
          x += width + 4;
          const key = `${row}-${index}`;
          return width <= 0 ? null : (
            <rect
              key={key}
              x={from}
              y={9 + row * 10}
              width={width}
              height="4"
              rx="1.5"
              className={row === 0 && index === 0 ? "guest-prompt" : "guest-word"}
            />
          );
        });
      })}
    </svg>
  );
}
