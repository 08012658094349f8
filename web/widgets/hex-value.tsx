/** A value in hexadecimal: all digits of its width, those before the first that counts set back. */
import { hexText } from "./value-text.ts";

export function HexValue({ value, bits }: { readonly value: bigint; readonly bits: number }) {
  const text = hexText(value, bits);
  const significant = value === 0n ? 1 : value.toString(16).length;
  const split = text.length - significant;
  return (
    <span className="hex">
      <span className="hex-zeros">{text.slice(0, split)}</span>
      {text.slice(split)}
    </span>
  );
}
