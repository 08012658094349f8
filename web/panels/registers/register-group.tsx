/** One group of registers: a heading that unfolds it, with class and state in words, and its registers in table order. */

import type { GroupName } from "../../../src/spec/register-table.ts";
import type { GroupSlot } from "../../../src/spec/slot-layout.ts";
import type { RegisterErrors, RegisterModel } from "../../model/register-model.ts";
import { Glyph } from "../../widgets/glyph.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { RegisterRow } from "./register-row.tsx";

const CLASS_WORDS = {
  RUNTIME: { word: "runtime", title: "The program's own state, changed by the instructions that it executes" },
  RESET_EXTRA: { word: "reset", title: "Configuration that a reset changes" },
  FULL_EXTRA: { word: "full", title: "Identity, or state that runs by itself" },
} as const;

const STATE_TITLES = {
  stale: "Not as in the CPU: what is shown is the latest sample",
  clean: "As in the CPU",
  dirty: "With edits that the CPU has not seen",
} as const;

export interface RegisterGroupProps {
  readonly group: GroupSlot;
  readonly open: boolean;
  /** The machine stands, so that registers can be edited. */
  readonly standing: boolean;
  readonly errors: RegisterErrors;
  readonly model: RegisterModel;
  readonly onToggle: (name: GroupName) => void;
  readonly onEdit: (name: string, value: bigint) => Promise<string | null>;
}

export function RegisterGroup({ group, open, standing, errors, model, onToggle, onEdit }: RegisterGroupProps) {
  const { name, doc, class: groupClass } = group.row;
  const { state, values, edited, changed } = useStore(model.view(name));
  const { word, title } = CLASS_WORDS[groupClass];
  const bodyId = `group-${name}`;
  return (
    <section className="group" aria-label={`Group ${name}`}>
      <h3 className="group-heading">
        <button type="button" aria-expanded={open} aria-controls={bodyId} onClick={() => onToggle(name)}>
          <Glyph name="chevron" />
          <span className="group-name">{name}</span>
          <span className="group-doc">{doc}</span>
          <span className="chip" title={title}>
            {word}
          </span>
          <span className={`chip chip-${state}`} title={STATE_TITLES[state]}>
            {state}
          </span>
        </button>
      </h3>
      <ul className="register-list" id={bodyId} hidden={!open}>
        {open &&
          group.registers.map(({ row, readonly }, index) => (
            <RegisterRow
              key={row.name}
              row={row}
              value={values?.[index]}
              editable={standing && !readonly}
              edited={edited[index] ?? false}
              changed={changed[index] ?? false}
              error={errors.get(row.name)}
              onEdit={onEdit}
            />
          ))}
      </ul>
    </section>
  );
}
