/** Pieces about the state of the hart: modes, translation, timers, floating point off and on, counters, devices. */
import { POINTER_REGISTERS, a7, t0, t1 } from "./block-writer.ts";
import { MemoryPieces } from "./memory-pieces.ts";
import { REG, SERVICE_FLOAT, SLOTS, slotImm } from "./layout.ts";
import { CSR, DEVICE } from "./monitor.ts";

export abstract class StatePieces extends MemoryPieces {
  /** Of all addresses, or of one in the code or the data; mostly in some rounds only, long after the code was compiled. */
  protected fence(): void {
    const { random, a } = this;
    const { mode } = this;
    const over = this.fresh();
    if (random.chance(0.8)) {
      a.put("andi", { rd: t0, rs1: REG.rounds, imm: random.pick([1, 7, 15]) });
      a.to(over, "bne", { rs1: t0 });
    }
    if (mode === "U") this.switchTo("S");
    if (random.chance(0.4)) a.put("sfence.vma");
    else {
      if (random.chance(0.5)) a.put("auipc", { rd: t0, imm: random.pick([0, 0, 4096]) });
      else a.put("ld", { rd: t0, rs1: REG.data, imm: slotImm(SLOTS.pointers + random.below(16)) });
      a.put("sfence.vma", { rs1: t0 });
    }
    if (mode === "U") this.switchTo("U");
    a.label(over);
  }

  /** Loads and stores while SUM, MXR or MPRV of the status are otherwise. */
  protected access(): void {
    const { random, a } = this;
    const before = this.mode;
    if (before === "U") this.switchTo("S");
    const machine = this.mode === "M";
    const csr = machine ? CSR.mstatus : CSR.sstatus;
    const bit = random.pick(machine ? [17, 17, 18, 19] : [18, 19]);
    const toggles = random.chance(0.5) ? ["csrrs", "csrrc"] : ["csrrc", "csrrs"];
    const pointer = random.pick(POINTER_REGISTERS);
    a.put("ld", { rd: pointer, rs1: REG.data, imm: slotImm(SLOTS.pointers + 1 + 2 * random.below(4)) });
    for (const toggle of toggles) {
      a.li(t0, 1n << BigInt(bit));
      a.put(toggle, { csr, rs1: t0 });
      a.put("ld", { rd: t1, rs1: pointer });
      a.put("add", { rd: 13, rs1: 13, rs2: t1 });
      if (random.chance(0.6)) a.put("sw", { rs1: pointer, rs2: 13, imm: 4 });
    }
    if (before === "U") this.switchTo("U");
  }

  /** The same mappings under another number of the address space. */
  protected addressSpace(): void {
    const { random, a } = this;
    const before = this.mode;
    if (before === "U") this.switchTo("S");
    for (let count = random.between(1, 2); count > 0; count--) {
      a.put("ld", { rd: t0, rs1: REG.data, imm: slotImm(SLOTS.satps + random.below(3)) });
      a.put("csrrw", { csr: CSR.satp, rs1: t0 });
      this.block(3);
    }
    if (before === "U") this.switchTo("U");
  }

  protected modes(): void {
    const before = this.mode;
    for (let count = this.random.between(1, 3); count > 0; count--) {
      this.switchTo(this.random.pick(["M", "S", "U"] as const));
      this.block(4);
    }
    this.switchTo(before);
  }

  /** A timer interrupt soon: of M-mode, or of S-mode. */
  protected timer(): void {
    const { random, a } = this;
    const ticks = random.below(random.pick([4, 30, 200]));
    if (random.chance(0.6)) {
      a.li(t0, DEVICE.mtimeEnd);
      a.put("ld", { rd: t1, rs1: t0, imm: -8 });
      a.put("addi", { rd: t1, rs1: t1, imm: ticks });
      a.li(t0, DEVICE.mtimecmp);
      a.put("sd", { rs1: t0, rs2: t1 });
    } else {
      a.put("csrrs", { rd: t1, csr: 0xc01 });
      a.put("addi", { rd: t1, rs1: t1, imm: ticks });
      a.put("csrrw", { csr: CSR.stimecmp, rs1: t1 });
    }
  }

  /** Floating-point state off for a while, or another rounding mode. */
  protected float(): void {
    const { random, a } = this;
    const deck = this.around.decks.at(-1);
    if (random.chance(0.4)) {
      a.put("csrrwi", { csr: CSR.frm, uimm: random.below(6) });
      this.block(6, deck);
      return;
    }
    const toggle = () => {
      a.put("addi", { rd: a7, imm: SERVICE_FLOAT });
      a.put("ecall");
    };
    toggle();
    this.block(6, deck);
    toggle();
  }

  protected counters(): void {
    const { random, a } = this;
    for (let count = random.between(1, 3); count > 0; count--) {
      a.put("csrrs", { rd: t0, csr: random.pick([0xc00, 0xc01, 0xc02]) });
      a.put("add", { rd: 29, rs1: 29, rs2: t0 });
      if (random.chance(0.5)) this.block(2);
    }
    this.result(29);
  }

  protected devices(): void {
    const { random, a } = this;
    switch (random.below(4)) {
      case 0:
        a.li(t0, DEVICE.uart);
        a.put("lbu", { rd: t1, rs1: t0, imm: random.pick([0, 1, 2, 5]) });
        a.put("add", { rd: 13, rs1: 13, rs2: t1 });
        if (random.chance(0.5)) a.put("sb", { rs1: t0, rs2: 13 });
        break;
      case 1:
        a.li(t0, DEVICE.mtimeEnd);
        a.put(random.pick(["ld", "lw"]), { rd: t1, rs1: t0, imm: -8 });
        this.result(t1);
        break;
      case 2:
        // An interrupt to itself.
        a.li(t0, DEVICE.clint);
        a.put("addi", { rd: t1, imm: 1 });
        a.put("sw", { rs1: t0, rs2: t1 });
        break;
      default:
        a.li(t0, random.pick([DEVICE.plic, DEVICE.plicEnable, DEVICE.plicClaim - 4n]));
        a.put("lw", { rd: t1, rs1: t0, imm: random.pick([0, 40]) });
        a.put("add", { rd: 13, rs1: 13, rs2: t1 });
    }
  }
}
