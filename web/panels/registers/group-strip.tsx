/** The groups as chips in bit order: state by shape, class by the heading above; each opens what can be asked of its group. */
import type { GroupClass, GroupName } from "../../../src/spec/register-table.ts";
import type { GroupSlot } from "../../../src/spec/slot-layout.ts";
import type { RegisterModel } from "../../model/register-model.ts";
import { Button } from "../../widgets/button.tsx";
import { Popover } from "../../widgets/popover.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { useGroupState } from "./use-group-state.ts";
import "./group-strip.css";

const SHAPES = { stale: "○", clean: "●", dirty: "◆" } as const;

/** A sync name takes all classes up to its own. */
const PRESETS: readonly { readonly name: "RUNTIME" | "RESET" | "FULL"; readonly class: GroupClass }[] = [
  { name: "RUNTIME", class: "RUNTIME" },
  { name: "RESET", class: "RESET_EXTRA" },
  { name: "FULL", class: "FULL_EXTRA" },
];

export interface GroupStripProps {
  readonly model: RegisterModel;
  readonly groups: readonly GroupSlot[];
  readonly standing: boolean;
  /** Unfolds a group and brings it into view. */
  readonly onReveal: (name: GroupName) => void;
}

export function GroupStrip({ model, groups, standing, onReveal }: GroupStripProps) {
  return (
    <nav className="group-strip" aria-label="Groups of registers">
      {PRESETS.map((preset, index) => {
        const classes = PRESETS.slice(0, index + 1).map((each) => each.class);
        const all = groups.filter(({ row }) => classes.includes(row.class)).map(({ row }) => row.name);
        return (
          <div key={preset.name} className="group-class">
            <button
              type="button"
              className="group-preset"
              title={`Unfold the ${all.length} groups of ${preset.name}, and no others`}
              onClick={() => void model.unfold(all)}
            >
              {preset.name}
            </button>
            {groups
              .filter(({ row }) => row.class === preset.class)
              .map((group) => (
                <GroupChip key={group.row.name} model={model} group={group} standing={standing} onReveal={onReveal} />
              ))}
          </div>
        );
      })}
    </nav>
  );
}

function GroupChip({
  model,
  group,
  standing,
  onReveal,
}: Omit<GroupStripProps, "groups"> & { readonly group: GroupSlot }) {
  const { name } = group.row;
  const state = useGroupState(model, name);
  return (
    <Popover
      label={`${name}: ${state}`}
      className={`group-chip group-chip-${state}`}
      content={(close) => (
        <GroupCard
          model={model}
          group={group}
          standing={standing}
          onReveal={(shown) => {
            close();
            onReveal(shown);
          }}
        />
      )}
    >
      <span aria-hidden="true">{SHAPES[state]}</span>
      {name}
    </Popover>
  );
}

function GroupCard({
  model,
  group,
  standing,
  onReveal,
}: Omit<GroupStripProps, "groups"> & { readonly group: GroupSlot }) {
  const { name, doc, bit } = group.row;
  const state = useGroupState(model, name);
  const open = useStore(model.open).has(name);
  const about = model.about(name);
  return (
    <>
      <p>
        <strong>{name}</strong> {doc}
      </p>
      <dl className="group-facts">
        <Fact name="bit" text={`${bit} (0x${(1 << bit).toString(16)})`} />
        <Fact name="state" text={state} />
        <Fact
          name="epoch"
          text={about === null ? "–" : `${about.epoch}, at ${about.instret.toLocaleString("en-US")} retired`}
        />
        <Fact name="want" text={about?.wanted ? "published at every stop" : "not wanted"} />
        <Fact name="registers" text={String(group.registers.length)} />
      </dl>
      <div className="group-commands">
        <Button onClick={() => onReveal(name)}>{open ? "Show" : "Unfold"}</Button>
        <Button onClick={() => void model.get(name)} title="Fetch it from the CPU; edits stay">
          Get
        </Button>
        <Button onClick={() => void model.put(name)} disabled={!standing || state !== "dirty"} title="Apply its edits">
          Put
        </Button>
        <Button
          onClick={() => void model.revert(name)}
          disabled={!standing || state !== "dirty"}
          title="Drop its edits"
        >
          Revert
        </Button>
      </div>
    </>
  );
}

function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}
