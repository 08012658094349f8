/** Results as the XML that continuous-integration servers read: one JUnit test suite, a test case for each program. */
import type { Verdict } from "./verdict.ts";

export function junitReport(suite: string, verdicts: readonly Verdict[]): string {
  const failures = verdicts.filter(({ failure }) => failure !== null).length;
  const seconds = verdicts.reduce((sum, verdict) => sum + verdict.seconds, 0);
  const counts = `tests="${verdicts.length}" failures="${failures}" errors="0" time="${seconds.toFixed(3)}"`;
  const cases = verdicts.map((verdict) => testCase(suite, verdict)).join("");
  const body = `<testsuite name="${escaped(suite)}" ${counts}>\n${cases}</testsuite>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts}>\n${body}\n</testsuites>\n`;
}

function testCase(suite: string, { name, failure, output, seconds }: Verdict): string {
  const head = `<testcase classname="${escaped(suite)}" name="${escaped(name)}" time="${seconds.toFixed(3)}">`;
  const failed = failure === null ? "" : `    <failure message="${escaped(failure)}"/>\n`;
  return `  ${head}\n${failed}    <system-out>${escaped(output)}</system-out>\n  </testcase>\n`;
}

/** Characters that XML 1.0 does not have, escaped or not, become U+FFFD. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#13;");
}
