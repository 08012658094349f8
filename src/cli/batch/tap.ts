/** Results as the Test Anything Protocol, version 14 (testanything.org). */
import type { Verdict } from "./verdict.ts";

/** Lines of output that a failure shows. */
const SHOWN_LINES = 20;

export function tapHeader(count: number): string {
  return `TAP version 14\n1..${count}\n`;
}

/** `number` counts from 1. */
export function tapLine(number: number, { name, failure, output, steps }: Verdict): string {
  const what = `${number} - ${escaped(name)}`;
  if (failure === null) return `ok ${what}\n`;
  const lines = output.split(/\r?\n/);
  const last = lines.slice(-SHOWN_LINES - 1).map((line) => `    ${visible(line)}`);
  const details = [`  message: ${JSON.stringify(failure)}`, `  steps: ${steps}`, "  output: |", ...last];
  return `not ok ${what}\n  ---\n${details.map((line) => line.trimEnd()).join("\n")}\n  ...\n`;
}

/** A # would begin a directive. */
function escaped(name: string): string {
  return visible(name).replaceAll("\\", "\\\\").replaceAll("#", "\\#");
}

/** Without what could steer a terminal. */
export function visible(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0);
    return character === "\t" ? character : `\\x${code.toString(16).padStart(2, "0")}`;
  });
}
