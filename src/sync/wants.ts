/** What several clients of one memory want published at every stop: each sets its own, the machine sees all of it. */

export class Wants {
  readonly #masks = new Map<number, Map<object, number>>();

  /** Replaces what `client` wants of a vCPU; answers what all want of it. */
  set(client: object, cpu: number, mask: number): number {
    const masks = this.#masks.get(cpu) ?? new Map<object, number>();
    this.#masks.set(cpu, masks);
    masks.set(client, mask);
    let all = 0;
    for (const wanted of masks.values()) all |= wanted;
    return all >>> 0;
  }
}
