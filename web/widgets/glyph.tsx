/** Small drawings beside words; they say nothing that the words do not. */

const PATHS = {
  run: "M5 3.2v9.6L13 8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  step: "M3 3.2v9.6L9.5 8zM10.5 3H13v10h-2.5z",
  reset: "M8 2.5a5.5 5.5 0 1 1-5.2 3.7l1.6.6A3.8 3.8 0 1 0 8 4.2V6.6L4.4 3.4 8 .2z",
  sun: "M8 4.6a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8zM7.3 0h1.4v2.6H7.3zm0 13.4h1.4V16H7.3zM0 7.3h2.6v1.4H0zm13.4 0H16v1.4h-2.6zM2 3l1-1 1.8 1.8-1 1zm9.2 9.2 1-1L14 13l-1 1zM2 13l1.8-1.8 1 1L3 14zm9.2-9.2L13 2l1 1-1.8 1.8z",
  moon: "M9.8 1.4A6.8 6.8 0 1 0 14.6 10 5.6 5.6 0 0 1 9.8 1.4z",
  save: "M7.2 1h1.6v6.3l2.3-2.3 1.1 1.1L8 10.3 3.8 6.1 4.9 5l2.3 2.3zM2 9.5h1.6v3.4h8.8V9.5H14v5H2z",
  load: "M8.8 10.3H7.2V4L4.9 6.3 3.8 5.2 8 1l4.2 4.2-1.1 1.1L8.8 4zM2 9.5h1.6v3.4h8.8V9.5H14v5H2z",
  check: "M6.4 12.6 2 8.2l1.3-1.3 3.1 3.1 6.3-6.3L14 5z",
  stop: "M3.5 3.5h9v9h-9z",
  alert: "M8 1 15.4 14.4H.6zM7.2 5.6v4.6h1.6V5.6zm0 5.8V13h1.6v-1.6z",
  over: "M2 9.5C2 5.9 4.7 3.6 8 3.6c2.3 0 4.2 1.1 5.2 2.9L14.6 5v4.9H9.7l2-2A4.1 4.1 0 0 0 8 5.4c-2.3 0-4.2 1.6-4.2 4.1zM6.4 11h3.2v3.2H6.4z",
  out: "M8 1l4 4.2H9.1v5H6.9v-5H4zM6.4 11.4h3.2v3.2H6.4z",
  more: "M3.2 6.6H6v2.8H3.2zm3.4 0h2.8v2.8H6.6zm3.4 0h2.8v2.8H10z",
  panels: "M1.5 2.5h13v11h-13zM3 4v8h4V4zm5.5 0v3.2H13V4zm0 4.8V12H13V8.8z",
  close: "M3.6 2.4 8 6.8l4.4-4.4 1.2 1.2L9.2 8l4.4 4.4-1.2 1.2L8 9.2l-4.4 4.4-1.2-1.2L6.8 8 2.4 3.6z",
  pin: "M5 1.5h6v1.6l-1 .6v3.5l2.2 2v1.5H8.8V15H7.2v-4.3H3.8V9.2l2.2-2V3.7l-1-.6z",
  search:
    "M7 1.5a5.3 5.3 0 0 1 4.3 8.4l3.3 3.3-1.4 1.4-3.3-3.3A5.3 5.3 0 1 1 7 1.5zm0 1.7a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2z",
  machines: "M1.5 2h5.8v5.2H1.5zm7.2 0h5.8v5.2H8.7zM1.5 8.8h5.8V14H1.5zm7.2 0h5.8V14H8.7z",
  wait: "M3 6.8h2.4v2.4H3zm3.8 0h2.4v2.4H6.8zm3.8 0H13v2.4h-2.4z",
} as const;

export type GlyphName = keyof typeof PATHS;

export function Glyph({ name }: { readonly name: GlyphName }) {
  return (
    <svg className={`symbol symbol-${name}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fillRule="evenodd" />
    </svg>
  );
}
