/** A new stop point: its kind, what that kind needs, and what every kind can have. Nonsense stays, with a sentence. */
import { type FormEvent, useState } from "react";
import type { NewStopPoint } from "../../model/debug-model.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { parseCauses } from "../../model/stop-point-text.ts";

const KINDS = [
  ["execute", "an instruction is reached"],
  ["watch", "memory is accessed"],
  ["register", "a register changes"],
  ["csr", "a control register is written"],
  ["trap", "a trap is taken"],
  ["privilege", "the privilege changes"],
  ["console", "the console prints"],
] as const;

type Kind = (typeof KINDS)[number][0];

const ACCESSES = [
  ["write", "written"],
  ["read", "read"],
  ["access", "read or written"],
  ["change", "changed"],
] as const;

const EMPTY = {
  address: "",
  size: "8",
  access: "write",
  name: "",
  exceptions: "all",
  interrupts: "",
  text: "",
  condition: "",
  ignore: "",
  log: "",
};
type Fields = typeof EMPTY;

export function StopForm({ machine }: { readonly machine: MachineModel }) {
  const [kind, setKind] = useState<Kind>("execute");
  const [fields, setFields] = useState<Fields>(EMPTY);
  const [problem, setProblem] = useState<string | null>(null);
  const set = (part: Partial<Fields>): void => {
    setFields({ ...fields, ...part });
    setProblem(null);
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const point = await pointOf(kind, fields, machine);
    const refusal = typeof point === "string" ? point : await machine.debug.add(point);
    setProblem(refusal);
    if (refusal === null) setFields({ ...EMPTY, size: fields.size, access: fields.access });
  };
  return (
    <form className="stop-form" aria-label="New stop point" onSubmit={(event) => void submit(event)}>
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
            <span>is</span>
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
      {(kind === "register" || kind === "csr") && (
        <Field label="Name" hint="of a register" value={fields.name} onChange={(name) => set({ name })} />
      )}
      {kind === "trap" && (
        <>
          <Field
            label="Exceptions"
            hint="all, or 8, 13"
            value={fields.exceptions}
            onChange={(exceptions) => set({ exceptions })}
          />
          <Field
            label="Interrupts"
            hint="all, or 5"
            value={fields.interrupts}
            onChange={(interrupts) => set({ interrupts })}
          />
        </>
      )}
      {kind === "console" && (
        <Field label="Text" hint="login:" value={fields.text} onChange={(text) => set({ text })} />
      )}
      <Field
        label="only if"
        hint="a0 == 3 &amp;&amp; s1 > 0x10"
        value={fields.condition}
        onChange={(condition) => set({ condition })}
      />
      <Field label="Ignore hits" hint="0" value={fields.ignore} onChange={(ignore) => set({ ignore })} />
      <Field label="Only print" hint="s1 is {s1}" value={fields.log} onChange={(log) => set({ log })} />
      <button type="submit" className="toggle stop-add">
        Add
      </button>
      {problem !== null && (
        <p className="stop-problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

function Field({ label, hint, value, onChange }: FieldProps) {
  return (
    <label>
      <span>{label}</span>
      <input
        className="field"
        value={value}
        placeholder={hint}
        onChange={(event) => onChange(event.target.value)}
        spellCheck={false}
        autoComplete="off"
      />
    </label>
  );
}

/** The stop point, or what is wrong with the fields. */
async function pointOf(kind: Kind, fields: Fields, machine: MachineModel): Promise<NewStopPoint | string> {
  const ignore = fields.ignore.trim() === "" ? 0 : Number(fields.ignore);
  if (!Number.isInteger(ignore) || ignore < 0) return "Ignore hits: expected a whole number such as 3.";
  const extras = {
    ...(fields.condition.trim() !== "" && { condition: fields.condition }),
    ...(ignore > 0 && { ignore }),
    ...(fields.log.trim() !== "" && { log: fields.log }),
  };
  if (kind === "execute" || kind === "watch") {
    const result = await machine.evaluate(fields.address);
    if (result.kind === "error") return `Address, at character ${result.position + 1}: ${result.text}`;
    const address = result.value.value;
    if (kind === "execute") return { kind, address, ...extras };
    const size = Number(fields.size);
    if (!Number.isInteger(size) || size < 1) return "Bytes: expected a whole number such as 8.";
    return { kind, address, size, access: fields.access as "read" | "write" | "access" | "change", ...extras };
  }
  if (kind === "register" || kind === "csr") {
    if (machine.registers.valueOf(fields.name.trim()) === null) return `No register is named “${fields.name}”.`;
    return { kind, name: fields.name.trim(), ...extras };
  }
  if (kind === "trap") {
    const exceptions = parseCauses(fields.exceptions);
    const interrupts = parseCauses(fields.interrupts);
    if (exceptions === null || interrupts === null) return "Expected all, or cause numbers such as 8, 13.";
    if (exceptions.length === 0 && interrupts.length === 0)
      return "Expected an exception or an interrupt, or all of them.";
    return { kind, exceptions, interrupts, ...extras };
  }
  if (kind === "privilege") return { kind, ...extras };
  if (fields.text === "") return "Expected the text that the console prints.";
  return { kind, text: fields.text, ...extras };
}
