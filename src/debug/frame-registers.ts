/** What is known of a frame's registers when its function goes on, and where each of them is kept meanwhile. */

/** Where a frame's register is: in the machine's own, or where a function that it has called has put it. */
export type RegisterHome =
  | { readonly kind: "register"; readonly name: string }
  | { readonly kind: "memory"; readonly address: bigint };

export class FrameRegisters {
  readonly values = new Map<string, bigint>();
  /** Of those that are kept somewhere, rather than computed. */
  readonly homes = new Map<string, RegisterHome>();

  get(name: string): bigint | undefined {
    return this.values.get(name);
  }

  set(name: string, value: bigint, home: RegisterHome | null): void {
    this.values.set(name, value);
    if (home === null) this.homes.delete(name);
    else this.homes.set(name, home);
  }

  delete(name: string): void {
    this.values.delete(name);
    this.homes.delete(name);
  }

  copy(): FrameRegisters {
    const copy = new FrameRegisters();
    for (const [name, value] of this.values) copy.set(name, value, this.homes.get(name) ?? null);
    return copy;
  }
}
