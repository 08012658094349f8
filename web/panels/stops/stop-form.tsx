/** A stop point, new or to be changed: its kind, what that needs, and what every kind can have. Nonsense stays, with a sentence. */
import { type FormEvent, useId, useState } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import { EMPTY, type Fields, fieldsOf, type Kind, type Point, pointOf } from "./stop-fields.ts";
import { SpaceChoice } from "./space-choice.tsx";

const KINDS = [
  ["execute", "an instruction is reached"],
  ["watch", "memory is accessed"],
  ["register", "a register changes"],
  ["csr", "a control register is written"],
  ["trap", "a trap is taken"],
  ["privilege", "the privilege changes"],
  ["console", "the console prints"],
] as const;

const ACCESSES = [
  ["write", "written"],
  ["read", "read"],
  ["access", "read or written"],
  ["change", "changed"],
] as const;

export interface StopFormProps {
  readonly machine: MachineModel;
  /** The point to change; null: a new one. */
  readonly edited: Point | null;
  /** The point has been changed, or stays as it is. */
  readonly onDone: () => void;
}

export function StopForm({ machine, edited, onDone }: StopFormProps) {
  const [kind, setKind] = useState<Kind>(edited?.kind ?? "execute");
  const [fields, setFields] = useState<Fields>(edited === null ? EMPTY : fieldsOf(edited));
  const [problem, setProblem] = useState<string | null>(null);
  const set = (part: Partial<Fields>): void => {
    setFields({ ...fields, ...part });
    setProblem(null);
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const point = await pointOf(kind, fields, machine);
    if (typeof point === "string") return setProblem(point);
    const { debug } = machine;
    const refusal =
      edited === null
        ? await debug.add(point)
        : await debug.change({ ...point, id: edited.id, enabled: edited.enabled !== false } as Point);
    setProblem(refusal === null ? null : inFieldWords(refusal));
    if (refusal !== null) return;
    if (edited !== null) onDone();
    else setFields({ ...EMPTY, size: fields.size, access: fields.access });
  };
  return (
    <form
      className="stop-form"
      aria-label={edited === null ? "New stop point" : `Change stop point ${edited.id}`}
      onSubmit={(event) => void submit(event)}
    >
      <label>
        <span>Stop when</span>
        <select className="field" value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
          {KINDS.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {(kind === "execute" || kind === "watch") && (
        <Field
          label="Address"
          hint="main, sp+16, 0x80000000"
          value={fields.address}
          onChange={(address) => set({ address })}
        />
      )}
      {kind === "watch" && (
        <>
          <Field label="Bytes" hint="8" value={fields.size} onChange={(size) => set({ size })} />
          <label>
            <span>Is</span>
            <select className="field" value={fields.access} onChange={(event) => set({ access: event.target.value })}>
              {ACCESSES.map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
          </label>
        </>
      )}
      {(kind === "execute" || kind === "watch") && (
        <SpaceChoice machine={machine} space={fields.space} onChoose={(space) => set({ space })} />
      )}
      {(kind === "register" || kind === "csr") && (
        <Field label="Name" hint="of a register" value={fields.name} onChange={(name) => set({ name })} />
      )}
      {kind === "trap" && (
        <>
          <Field
            label="Exceptions"
            hint="all, or 8, 13, or names"
            offers={causeOffers(machine, false)}
            value={fields.exceptions}
            onChange={(exceptions) => set({ exceptions })}
          />
          <Field
            label="Interrupts"
            hint="all, or 5, or names"
            offers={causeOffers(machine, true)}
            value={fields.interrupts}
            onChange={(interrupts) => set({ interrupts })}
          />
        </>
      )}
      {kind === "privilege" && (
        <label>
          <span>To</span>
          <select className="field" value={fields.to} onChange={(event) => set({ to: event.target.value })}>
            <option value="">any</option>
            {machine.registers.privileges().map(([number, name]) => (
              <option key={number} value={number}>
                {name}-mode
              </option>
            ))}
          </select>
        </label>
      )}
      {kind === "console" && (
        <Field label="Text" hint="login:" value={fields.text} onChange={(text) => set({ text })} />
      )}
      <Field
        label="Only if"
        hint="a0 == 3 &amp;&amp; s1 > 0x10"
        value={fields.condition}
        onChange={(condition) => set({ condition })}
      />
      <Field label="Ignore hits" hint="0" value={fields.ignore} onChange={(ignore) => set({ ignore })} />
      <Field label="Only print" hint="s1 is {s1}" value={fields.log} onChange={(log) => set({ log })} />
      <div className="stop-commands">
        <button type="submit" className="toggle">
          {edited === null ? "Add" : "Save"}
        </button>
        {edited !== null && (
          <button type="button" className="toggle" onClick={onDone}>
            Cancel
          </button>
        )}
      </div>
      {problem !== null && (
        <p className="stop-problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

/** The machine names a point that it refuses by its number; here it is the one in the form. */
function inFieldWords(refusal: string): string {
  return refusal
    .replace(/^stop point \d+: /, "")
    .replace(/^condition: /, "Only if, ")
    .replace(/^log: /, "Only print, ");
}

interface FieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  /** What can be chosen instead of typing it. */
  readonly offers?: readonly string[];
  readonly onChange: (text: string) => void;
}

function Field({ label, hint, value, offers, onChange }: FieldProps) {
  const id = useId();
  return (
    <label>
      <span>{label}</span>
      <input
        className="field"
        value={value}
        placeholder={hint}
        list={offers === undefined ? undefined : id}
        onChange={(event) => onChange(event.target.value)}
        spellCheck={false}
        autoComplete="off"
      />
      {offers !== undefined && (
        <datalist id={id}>
          {offers.map((offer) => (
            <option key={offer} value={offer} />
          ))}
        </datalist>
      )}
    </label>
  );
}

function causeOffers(machine: MachineModel, interrupts: boolean): string[] {
  return ["all", ...machine.registers.causes(interrupts).map(({ cause, name }) => `${cause} ${name}`)];
}
