/** How virtual time relates to the host's clock while somebody watches: waiting takes as long as the guest believes. */

const NS_PER_MS = 1e6;
/** Beyond this the two have parted for good (a slow or fast stretch, a suspended host), and go on from where they are. */
const APART_MS = 50;

export class Pacing {
  private anchorHost = 0;
  private anchorVirtual = 0n;
  private anchored = false;

  /** The next alignment starts afresh: the machine has stood still or started anew. */
  release(): void {
    this.anchored = false;
  }

  /** Ties virtual to host time, unless they still agree to within 50 ms. */
  align(virtualNs: bigint, hostMs: number): void {
    if (this.anchored && Math.abs(this.hostTime(virtualNs) - hostMs) <= APART_MS) return;
    this.anchored = true;
    this.anchorHost = hostMs;
    this.anchorVirtual = virtualNs;
  }

  /** Host ms at which virtual time is `virtualNs`. */
  hostTime(virtualNs: bigint): number {
    return this.anchorHost + Number(virtualNs - this.anchorVirtual) / NS_PER_MS;
  }

  /** Virtual ns at host time `hostMs`. */
  virtualTime(hostMs: number): bigint {
    return this.anchorVirtual + BigInt(Math.floor((hostMs - this.anchorHost) * NS_PER_MS));
  }
}

/** The host's clock for a machine whose time follows it, standing still while the machine does. */
export class HostClock {
  private origin: number;
  private stoppedAt: number | null;

  constructor(private readonly hostNow: () => number) {
    this.origin = hostNow();
    this.stoppedAt = this.origin;
  }

  start(): void {
    if (this.stoppedAt === null) return;
    this.origin += this.hostNow() - this.stoppedAt;
    this.stoppedAt = null;
  }

  stop(): void {
    this.stoppedAt ??= this.hostNow();
  }

  /** Begins again, at virtual ns `virtualNs`. */
  restart(virtualNs = 0n): void {
    const now = this.hostNow();
    this.origin = now - Number(virtualNs) / NS_PER_MS;
    if (this.stoppedAt !== null) this.stoppedAt = now;
  }

  get virtualNs(): bigint {
    return BigInt(Math.floor(((this.stoppedAt ?? this.hostNow()) - this.origin) * NS_PER_MS));
  }
}
