/** Registers of a vCPU read from the core's own register file, between two instructions and also while the machine moves. */
import { CPU_REGISTERS, CPU_STRIDE, CPUS_BASE } from "../../spec/abi.ts";
import { type RegisterSlot, type RegisterTables, slotLayout, type ViewRow } from "../../spec/slot-layout.ts";
import type { RegisterReader } from "./debug-target.ts";

/** Groups that the core keeps in the register file at all times; the others are brought there first. */
const KEPT = new Set(["CORE", "FP"]);

interface Place {
  readonly slot: RegisterSlot;
  readonly view?: ViewRow;
}

export class CoreRegisters implements RegisterReader {
  /** Register whose value is the address of the next instruction. */
  readonly pcName: string;
  private readonly view: DataView;
  private readonly places = new Map<string, Place>();

  /** `refresh`: brings a group (its bit) of a vCPU into the register file. */
  constructor(
    memory: ArrayBufferLike,
    private readonly cpu: number,
    tables: RegisterTables,
    private readonly refresh: (cpu: number, group: number) => void,
  ) {
    this.view = new DataView(memory);
    const { registers } = slotLayout(tables);
    const slots = registers.filter(({ group }) => !group.absent);
    for (const slot of slots) {
      for (const name of [slot.row.name, ...(slot.row.aliases ?? [])]) this.places.set(name, { slot });
    }
    for (const view of tables.views ?? []) {
      const owner = this.places.get(view.of);
      if (owner !== undefined && !this.places.has(view.name)) this.places.set(view.name, { slot: owner.slot, view });
    }
    const pc = slots.find(({ row }) => row.format === "pc" && row.group === "CORE");
    if (pc === undefined) throw new Error('no register of group CORE has format "pc"');
    this.pcName = pc.row.name;
  }

  /** How a register's value is meant in expressions; null if there is none of that name, or it has more than 64 bits. */
  typeOf(name: string): "unsigned" | "float" | null {
    const place = this.places.get(name);
    if (place === undefined || place.slot.row.bits > 64) return null;
    return place.view === undefined && place.slot.row.format === "float" ? "float" : "unsigned";
  }

  read(name: string): bigint {
    const place = this.places.get(name);
    if (place === undefined) throw new Error(`there is no register ${name}`);
    const { slot, view } = place;
    if (!KEPT.has(slot.group.name)) this.refresh(this.cpu, slot.group.bit);
    const at = CPUS_BASE + this.cpu * CPU_STRIDE + CPU_REGISTERS + slot.offset;
    const value = this.valueAt(at, slot.bytes);
    return view === undefined ? value : (value >> BigInt(view.shift)) & view.mask;
  }

  get pc(): bigint {
    return this.read(this.pcName);
  }

  private valueAt(at: number, bytes: number): bigint {
    switch (bytes) {
      case 1:
        return BigInt(this.view.getUint8(at));
      case 2:
        return BigInt(this.view.getUint16(at, true));
      case 4:
        return BigInt(this.view.getUint32(at, true));
      default:
        return this.view.getBigUint64(at, true);
    }
  }
}
