/** What of the commands is wanted seldom, but should be found without knowing a word or a key. */
import { Glyph } from "../widgets/glyph.tsx";
import { Menu } from "../widgets/menu.tsx";
import type { Command } from "./commands.ts";

/** Names of commands, in parts. */
const PARTS: readonly (readonly string[])[] = [
  ["palette"],
  ["file", "export", "link"],
  ["gdb", "screen-reader", "hint"],
];

export function MoreMenu({ commands }: { readonly commands: () => readonly Command[] }) {
  const items = () => {
    const all = commands();
    return PARTS.flatMap((names, part) =>
      all
        .filter(({ id, enabled }) => enabled && names.includes(id))
        .map(({ id, title, keys, act }, index) => ({
          key: id,
          word: (
            <>
              <span className="more-word">{title}</span>
              {keys !== undefined && <kbd>{keys}</kbd>}
            </>
          ),
          act,
          separated: part > 0 && index === 0,
        })),
    );
  };
  return (
    <Menu label="More" className="more-menu" items={items}>
      <Glyph name="more" />
    </Menu>
  );
}
