/** The keyboard's way from panel to panel. */

/** Puts the focus on the tab of the panel that is on show next to the one with the focus. */
export function focusNextPanel(step: 1 | -1): void {
  const tabs = [...document.querySelectorAll<HTMLElement>('[role="tab"][aria-selected="true"]')];
  const has = (tab: HTMLElement): boolean => {
    const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
    return tab === document.activeElement || panel?.contains(document.activeElement) === true;
  };
  const at = tabs.findIndex(has);
  const next = at < 0 ? (step > 0 ? 0 : tabs.length - 1) : (at + step + tabs.length) % tabs.length;
  tabs[next]?.focus();
}
