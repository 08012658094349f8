/** Registers and memory as files: which groups, which range, JSON or binary. */
import { useState } from "react";
import type { GroupName } from "../../src/spec/register-table.ts";
import { download } from "../model/download.ts";
import { type ExportedFile, MOST_BYTES, memoryFile, registersFile } from "../model/export-files.ts";
import type { AddressKind } from "../model/guest-memory.ts";
import type { MachineModel } from "../model/machine-model.ts";
import { megabytes } from "../model/snapshot-file.ts";
import { Button } from "../widgets/button.tsx";
import { Sheet } from "../widgets/sheet.tsx";
import { useStore } from "../widgets/use-store.ts";
import "./export.css";

type Form = "json" | "binary";

export function ExportSheet({ machine, onClose }: { readonly machine: MachineModel; readonly onClose: () => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const save = async (make: () => Promise<ExportedFile>): Promise<void> => {
    setDone(null);
    setProblem(null);
    try {
      const file = await make();
      download(file.name, file.bytes as Uint8Array<ArrayBuffer>);
      setDone(`Saved as ${file.name}, ${file.bytes.length.toLocaleString("en-US")} bytes.`);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <Sheet title="Export" onClose={onClose}>
      <header className="sheet-head">
        <h2>Export registers and memory</h2>
        <Button onClick={onClose}>Close</Button>
      </header>
      <div className="sheet-scroll export">
        <Registers machine={machine} onSave={save} />
        <Memory machine={machine} onSave={save} />
        {problem !== null && (
          <p className="export-problem" role="alert">
            {problem}
          </p>
        )}
        {done !== null && <p role="status">{done}</p>}
      </div>
    </Sheet>
  );
}

interface PartProps {
  readonly machine: MachineModel;
  readonly onSave: (make: () => Promise<ExportedFile>) => Promise<void>;
}

function originOf(machine: MachineModel) {
  const guest = machine.guest.get();
  if (guest === null) throw new Error("There is no machine.");
  return { machine: guest.id, target: guest.target, steps: machine.steps };
}

function Registers({ machine, onSave }: PartProps) {
  const groups = useStore(machine.registers.groups);
  const [left, setLeft] = useState<ReadonlySet<GroupName>>(new Set());
  const chosen = groups.map(({ row }) => row.name).filter((name) => !left.has(name));
  const toggle = (name: GroupName): void => {
    const next = new Set(left);
    if (!next.delete(name)) next.add(name);
    setLeft(next);
  };
  const save = (form: Form): Promise<void> =>
    onSave(async () => {
      const { cpu } = machine;
      if (cpu === null) throw new Error("There is no machine.");
      if (chosen.length === 0) throw new Error("Registers: expected at least one group.");
      return registersFile(cpu, chosen, form, originOf(machine));
    });
  return (
    <fieldset className="export-part">
      <legend>Registers</legend>
      <div className="export-groups">
        {groups.map(({ row }) => (
          <label key={row.name} title={row.doc}>
            <input type="checkbox" checked={!left.has(row.name)} onChange={() => toggle(row.name)} />
            {row.name}
          </label>
        ))}
      </div>
      <div className="export-buttons">
        <Button onClick={() => setLeft(new Set())}>All</Button>
        <Button onClick={() => setLeft(new Set(groups.map(({ row }) => row.name)))}>None</Button>
        <span className="export-space" />
        <Button onClick={() => void save("json")}>Registers as JSON</Button>
        <Button onClick={() => void save("binary")}>Registers as binary</Button>
      </div>
    </fieldset>
  );
}

function Memory({ machine, onSave }: PartProps) {
  const info = useStore(machine.info);
  const [from, setFrom] = useState(() => (info === null ? "" : `0x${info.ramStart.toString(16)}`));
  const [length, setLength] = useState("4096");
  const [kind, setKind] = useState<AddressKind>("virtual");
  const value = async (what: string, text: string): Promise<bigint> => {
    if (text.trim() === "") throw new Error(`${what}: expected a number or an expression.`);
    const result = await machine.evaluate(text);
    if (result.kind === "error") throw new Error(`${what}, at character ${result.position + 1}: ${result.text}`);
    if (result.value.type === "float") throw new Error(`${what}: expected an integer, not a float.`);
    return result.value.value;
  };
  const save = (form: Form): Promise<void> =>
    onSave(async () => {
      const address = await value("From", from);
      const bytes = await value("Bytes", length);
      if (bytes < 1n) throw new Error("Bytes: expected 1 at least.");
      if (bytes > BigInt(MOST_BYTES[form])) {
        throw new Error(`Bytes: expected ${megabytes(MOST_BYTES[form])} at most for this kind of file.`);
      }
      return memoryFile(
        await machine.memory.copy(address, Number(bytes), kind),
        address,
        kind,
        form,
        originOf(machine),
      );
    });
  const field = (label: string, text: string, set: (text: string) => void) => (
    <label>
      <span>{label}</span>
      <input
        className="field"
        value={text}
        onChange={(event) => set(event.target.value)}
        spellCheck={false}
        autoComplete="off"
      />
    </label>
  );
  return (
    <fieldset className="export-part">
      <legend>Memory</legend>
      <div className="export-fields">
        {field("From", from, setFrom)}
        {field("Bytes", length, setLength)}
        <label>
          <span>Addresses</span>
          <select className="field" value={kind} onChange={(event) => setKind(event.target.value as AddressKind)}>
            <option value="virtual">virtual</option>
            <option value="physical">physical</option>
          </select>
        </label>
      </div>
      <div className="export-buttons">
        <span className="export-space" />
        <Button onClick={() => void save("json")}>Memory as JSON</Button>
        <Button onClick={() => void save("binary")}>Memory as binary</Button>
      </div>
    </fieldset>
  );
}
