/** Functions of a program by address, with the variables of their blocks, from its debug information; units are read when asked for. */
import { AddressIndex, firstWhere } from "./address-index.ts";
import { addressOf, isWithin, type ListBudget, listBudget, lowAddress, rangesOf } from "./address-lists.ts";
import type { DataType } from "./data-types.ts";
import { ATTRIBUTE, CODE_TAG, type DwarfEntry, dwarfUnits, type UnitPart } from "./dwarf-entries.ts";
import type { AttributeValue } from "./dwarf-forms.ts";
import { type ElfSections, elfSections } from "./elf-sections.ts";
import type { TypeTable } from "./type-table.ts";

/** A function at work, or one that the compiler has put in its place. */
export interface FunctionScope {
  readonly name: string;
  readonly isInlined: boolean;
  readonly parameters: readonly VariableEntry[];
  /** Those of the innermost block first. */
  readonly locals: readonly VariableEntry[];
}

export interface VariableEntry {
  readonly name: string;
  /** Throws an Error if it is damaged. */
  readonly type: () => DataType;
  /** Of these at most one is there; without either the compiler has kept nothing. */
  readonly location: AttributeValue | undefined;
  readonly constant: AttributeValue | undefined;
}

/** What is known of an address in a function. */
export interface FunctionPlace {
  readonly unit: CodeUnit;
  readonly entry: DwarfEntry;
  /** From the innermost; the last one is the function itself. Made at the first call. Throws an Error that says what is damaged. */
  readonly scopes: () => readonly FunctionScope[];
}

/** What a call passes, where the debug information says it. */
export interface CallEntry {
  /** The function that is called; null: it is called by its address, which the expression `target` computes if it is known. */
  readonly callee: DwarfEntry | null;
  readonly target: Uint8Array | null;
  /** Where each is passed, or which parameter it is (by its id), and the expression that computes it. */
  readonly parameters: readonly {
    readonly location: Uint8Array | null;
    readonly of: number | null;
    readonly value: Uint8Array;
  }[];
}

/** A unit with code. */
export interface CodeUnit {
  readonly part: UnitPart;
  /** Where addresses in its lists count from. */
  readonly base: bigint;
  readonly entries: ReadonlyMap<number, DwarfEntry>;
  readonly functions: AddressIndex<FunctionRange>;
  /** Calls of a function by the address to which they return, of those functions that have been asked for. */
  readonly calls: Map<DwarfEntry, ReadonlyMap<bigint, DwarfEntry>>;
}

interface FunctionRange {
  readonly first: bigint;
  readonly end: bigint;
  readonly entry: DwarfEntry;
}

/** An entry may be the concrete form of one that is declared elsewhere, and so on. */
const MOST_ORIGINS = 8;
/** Blocks in blocks, at most. */
const MOST_NESTED = 200;

/** Functions of an ELF file. Throws an Error that says what is damaged. */
export function elfFunctions(file: Uint8Array, types: TypeTable): FunctionTable {
  return new FunctionTable(elfSections(file), types);
}

export class FunctionTable {
  /** In the order of their ids. */
  private readonly units: readonly UnitPart[];
  private readonly byAddress: AddressIndex<{ readonly first: bigint; readonly end: bigint; readonly part: UnitPart }>;
  /** Units that do not say where their code is may have some. */
  private readonly anywhere: readonly UnitPart[];
  private readonly read = new Map<UnitPart, CodeUnit>();

  constructor(
    readonly elf: ElfSections,
    private readonly types: TypeTable,
  ) {
    const budget = listBudget(elf);
    const anywhere: UnitPart[] = [];
    this.units = [...dwarfUnits(elf)];
    const ranges = this.units.flatMap((part) => {
      const root = part.root();
      const own = root === null ? [] : rangesOf(elf, root, lowAddress(elf, root) ?? 0n, budget);
      if (own === null) anywhere.push(part);
      return (own ?? []).map(({ first, end }) => ({ first, end, part }));
    });
    this.byAddress = new AddressIndex(ranges);
    this.anywhere = anywhere;
  }

  /** The function of an address, or null. Throws an Error that says what is damaged. */
  at(address: bigint): FunctionPlace | null {
    const owner = this.byAddress.at(address);
    for (const part of owner === null ? this.anywhere : [owner.part, ...this.anywhere]) {
      const unit = this.unitOf(part);
      const entry = unit.functions.at(address)?.entry;
      if (entry === undefined) continue;
      let scopes: readonly FunctionScope[] | null = null;
      return {
        unit,
        entry,
        scopes: () => {
          scopes ??= this.scopes(unit, entry, address);
          return scopes;
        },
      };
    }
    return null;
  }

  /** The call in a function that returns to an address, or null. */
  callBefore({ unit, entry }: FunctionPlace, returnAddress: bigint): CallEntry | null {
    let calls = unit.calls.get(entry);
    if (calls === undefined) {
      calls = this.callsOf(entry);
      unit.calls.set(entry, calls);
    }
    const call = calls.get(returnAddress);
    if (call === undefined) return null;
    const isGnu = call.tag === CODE_TAG.gnuCall;
    const callee = this.follow(call.attributes.get(isGnu ? ATTRIBUTE.abstractOrigin : ATTRIBUTE.callOrigin));
    const target = call.attributes.get(isGnu ? ATTRIBUTE.gnuCallTarget : ATTRIBUTE.callTarget);
    const parameters = call.children.flatMap(({ attributes }) => {
      const location = attributes.get(ATTRIBUTE.location);
      const of = attributes.get(isGnu ? ATTRIBUTE.abstractOrigin : ATTRIBUTE.callParameter);
      const value = attributes.get(isGnu ? ATTRIBUTE.gnuCallValue : ATTRIBUTE.callValue);
      if (value?.kind !== "block") return [];
      return [
        {
          location: location?.kind === "block" ? location.bytes : null,
          of: of?.kind === "reference" && of.to.kind === "entry" ? of.to.id : null,
          value: value.bytes,
        },
      ];
    });
    return { callee, target: target?.kind === "block" ? target.bytes : null, parameters };
  }

  private callsOf(entry: DwarfEntry): ReadonlyMap<bigint, DwarfEntry> {
    const calls = new Map<bigint, DwarfEntry>();
    for (const call of below(entry)) {
      const isGnu = call.tag === CODE_TAG.gnuCall;
      if (call.tag !== CODE_TAG.call && !isGnu) continue;
      const place = call.attributes.get(isGnu ? ATTRIBUTE.lowPc : ATTRIBUTE.callReturn);
      const address = addressOf(this.elf, call.unit, place);
      if (address !== null && !calls.has(address)) calls.set(address, call);
    }
    return calls;
  }

  /** Whether an entry that a call names is this function, or a declaration of it. */
  isSame(named: DwarfEntry, entry: DwarfEntry): boolean {
    if (this.originsOf(entry).includes(named)) return true;
    const low = lowAddress(this.elf, named);
    return low === null ? this.nameOf(named) === this.nameOf(entry) : low === lowAddress(this.elf, entry);
  }

  /** A variable, parameter or procedure by its id, or null. */
  variableAt(id: number): VariableEntry | null {
    const entry = this.entryAt(id);
    return entry === null ? null : this.variable(entry);
  }

  /** Ids of an entry, and of those that it is the concrete form or the definition of. */
  origins(id: number): number[] {
    const entry = this.entryAt(id);
    return entry === null ? [] : this.originsOf(entry).map((each) => each.id);
  }

  private unitOf(part: UnitPart): CodeUnit {
    let unit = this.read.get(part);
    if (unit === undefined) {
      const root = part.root();
      const base = root === null ? 0n : (lowAddress(this.elf, root) ?? 0n);
      const entries = part.code();
      const budget = listBudget(this.elf);
      const functions = [...entries.values()].flatMap((entry) => {
        if (entry.tag !== CODE_TAG.function) return [];
        const ranges = rangesOf(this.elf, entry, base, budget) ?? [];
        return ranges.map(({ first, end }) => ({ first, end, entry }));
      });
      unit = { part, base, entries, functions: new AddressIndex(functions), calls: new Map() };
      this.read.set(part, unit);
    }
    return unit;
  }

  private covers(unit: CodeUnit, entry: DwarfEntry, address: bigint, budget: ListBudget): boolean {
    return isWithin(rangesOf(this.elf, entry, unit.base, budget) ?? [], address);
  }

  private scopes(unit: CodeUnit, outermost: DwarfEntry, address: bigint): FunctionScope[] {
    const found: FunctionScope[] = [];
    const budget = listBudget(this.elf);
    let parameters: VariableEntry[] = [];
    let locals: VariableEntry[] = [];
    let current: DwarfEntry | null = outermost;
    let owner = outermost;
    const close = (): void => {
      found.unshift({ name: this.nameOf(owner), isInlined: owner.tag === CODE_TAG.inlined, parameters, locals });
    };
    for (let depth = 0; current !== null; depth++) {
      if (depth > MOST_NESTED) throw new Error(`blocks are nested more than ${MOST_NESTED} deep`);
      if (current.tag === CODE_TAG.inlined) {
        close();
        [owner, parameters, locals] = [current, [], []];
      }
      parameters = [...parameters, ...this.variables(current, CODE_TAG.parameter)];
      locals = [...this.variables(current, CODE_TAG.variable), ...locals];
      const next: DwarfEntry | undefined = current.children.find((child) => {
        return (
          (child.tag === CODE_TAG.block || child.tag === CODE_TAG.inlined) && this.covers(unit, child, address, budget)
        );
      });
      current = next ?? null;
    }
    close();
    return found;
  }

  private variables(entry: DwarfEntry, tag: number): VariableEntry[] {
    const { attributes, children } = entry;
    const own = children.filter((each) => each.tag === tag && !each.attributes.has(ATTRIBUTE.declaration));
    if (!attributes.has(ATTRIBUTE.abstractOrigin)) return own.map((each) => this.variable(each));
    // What a compiler has nothing to say of is left out of the concrete form.
    const said = new Set(children.flatMap((each) => this.originsOf(each)));
    const abstract = this.originsOf(entry).slice(1);
    const lost = abstract.flatMap((origin) => origin.children.filter((each) => each.tag === tag && !said.has(each)));
    return [...own, ...lost].map((each) => this.variable(each));
  }

  private variable(entry: DwarfEntry): VariableEntry {
    const name = this.nameOf(entry);
    const typed = this.originsOf(entry).find(({ attributes }) => attributes.has(ATTRIBUTE.type)) ?? entry;
    return {
      name: name === "" ? "(unnamed)" : name,
      type: () => this.types.typeBehind(typed),
      location: this.attribute(entry, ATTRIBUTE.location),
      constant: this.attribute(entry, ATTRIBUTE.constValue),
    };
  }

  private nameOf(entry: DwarfEntry): string {
    for (const each of this.originsOf(entry)) {
      const name = this.types.nameOf(each);
      if (name !== "") return name;
    }
    return "";
  }

  private attribute(entry: DwarfEntry, attribute: number): AttributeValue | undefined {
    for (const { attributes } of this.originsOf(entry)) {
      const value = attributes.get(attribute);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** The entry, and those that it is the concrete form or the definition of. */
  private originsOf(entry: DwarfEntry): DwarfEntry[] {
    const found = [entry];
    for (let next: DwarfEntry | null = entry; next !== null && found.length < MOST_ORIGINS; ) {
      const { attributes }: DwarfEntry = next;
      next = this.follow(attributes.get(ATTRIBUTE.abstractOrigin) ?? attributes.get(ATTRIBUTE.specification));
      if (next !== null) found.push(next);
    }
    return found;
  }

  private follow(value: AttributeValue | undefined): DwarfEntry | null {
    return value?.kind === "reference" && value.to.kind === "entry" ? this.entryAt(value.to.id) : null;
  }

  /** An entry of code by its id, or null. */
  entryAt(id: number): DwarfEntry | null {
    const owner = this.units[firstWhere(this.units, ({ end }) => end > id)];
    return owner === undefined || owner.start > id ? null : (this.unitOf(owner).entries.get(id) ?? null);
  }
}

/** All entries in an entry, however deep. */
function* below(entry: DwarfEntry): Generator<DwarfEntry> {
  const open = [...entry.children];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next;
    open.push(...next.children);
  }
}
