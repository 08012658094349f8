/** Random code with loops, calls, jumps and all that makes compiled code hard: the main part of whole programs. */
import { REG } from "./layout.ts";
import { StatePieces } from "./state-pieces.ts";

/** Writes pieces one after another; functions that they call come behind them. */
export class Pieces extends StatePieces {
  /** A loop over `count` random pieces, for ever. */
  program(count: number): void {
    const { a } = this;
    a.label("rounds");
    a.put("addi", { rd: REG.rounds, rs1: REG.rounds, imm: 1 });
    const { mode } = this;
    for (let i = 0; i < count; i++) this.piece(0);
    if (this.mode !== mode) this.switchTo(mode);
    a.to("rounds", "jal");
    while (this.functions.length > 0) {
      const { name, write } = this.functions.shift()!;
      this.maybeGap();
      a.label(name);
      write();
    }
  }

  protected override piece(depth: number): void {
    const { random } = this;
    const kinds: [number, () => void][] = [
      [4, () => this.block()],
      [depth < 2 ? 5 : 0, () => this.loop(depth)],
      [depth < 2 ? 2 : 0, () => this.dataLoop(depth)],
      [2, () => this.choice()],
      [2, () => this.call()],
      [1, () => this.recursion()],
      [2, () => this.callByTable()],
      [2, () => this.switchByTable()],
      [2, () => this.rewrite()],
      [1, () => this.aliased()],
      [1, () => this.remapped()],
      [depth < 2 ? 1.5 : 0.5, () => this.modes()],
      [1, () => this.timer()],
      [1, () => this.float()],
      [1, () => this.counters()],
      [1, () => this.reservation()],
      [1, () => this.walk()],
      [1, () => this.dataBesideCode()],
      [1, () => this.devices()],
      [1, () => this.maybeGap()],
      [1, () => this.fence()],
      [1, () => this.access()],
      [1, () => this.addressSpace()],
    ];
    let at = (random.u32() / 2 ** 32) * kinds.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, write] of kinds) {
      at -= weight;
      if (at < 0) {
        write();
        return;
      }
    }
  }
}
