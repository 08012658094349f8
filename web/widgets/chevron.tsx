/** The mark of what can be unfolded; it turns by the aria-expanded of what it stands in. */

export function Chevron() {
  return <span className="chevron" aria-hidden="true" />;
}
