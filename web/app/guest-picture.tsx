/** A small picture of a machine: what its terminal says, on a monitor where it has a screen. */
import type { BundledGuest } from "../model/bundled-guests.ts";

const LINE = 12;

export function GuestPicture({ guest }: { readonly guest: BundledGuest }) {
  const { picture = [guest.title], screen } = guest;
  return (
    <svg className="guest-picture" viewBox="0 0 168 80" aria-hidden="true" focusable="false">
      {screen !== undefined && <path d="M72 72h24l5 7H67z" className="guest-stand" />}
      <rect x="1" y="1" width="166" height={screen === undefined ? 78 : 71} rx="6" className="guest-screen" />
      {picture.map((text, line) => (
        <text
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
          key={line}
          x="9"
          y={17 + line * LINE}
          className="guest-text"
        >
          {text}
        </text>
      ))}
    </svg>
  );
}
