/** Style sheets of everything that the element shows: they hold in its shadow root, and the page around it has none of them. */

const sheet = new CSSStyleSheet();
const texts: string[] = [];

/** What stands for the page's root inside a shadow root. */
export const ROOT_CLASS = "embedded-root";

/** The build calls this in the place of each style sheet that a module imports (vite.embed.config.ts). */
export function addStyle(text: string): void {
  texts.push(text.replaceAll(":root", `.${ROOT_CLASS}`));
  sheet.replaceSync(texts.join("\n"));
}

/** The sheet grows with what is loaded later. Content policies do not speak of such sheets. */
export function adoptStyles(root: ShadowRoot): void {
  root.adoptedStyleSheets = [sheet];
}
