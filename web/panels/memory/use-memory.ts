/** The bytes of a range on show, and which of them have changed since the stop before. */
import { useEffect, useRef, useState } from "react";
import type { AddressKind, MemoryPart } from "../../model/guest-memory.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { useStore } from "../../widgets/use-store.ts";

export interface ShownMemory {
  readonly part: MemoryPart;
  readonly kind: AddressKind;
  /** 1 where a byte is another one than at the stop before. */
  readonly changed: Uint8Array;
}

export function useMemory(machine: MachineModel, first: bigint, length: number, kind: AddressKind): ShownMemory | null {
  const version = useStore(machine.memory.version);
  const running = useStore(machine.view).kind === "running";
  const [shown, setShown] = useState<ShownMemory | null>(null);
  /** By page: what stood there when the machine stopped last, and before that. */
  const stops = useRef({ version, now: new Map<bigint, number>(), before: new Map<bigint, number>() });

  useEffect(() => {
    let current = true;
    void machine.memory.read(first, length, kind).then((part) => {
      if (!current) return;
      const seen = stops.current;
      if (seen.version !== version && !running) {
        seen.version = version;
        seen.before = seen.now;
        seen.now = new Map();
      }
      const changed = new Uint8Array(part.bytes.length);
      if (!running) {
        for (let n = 0; n < part.bytes.length; n++) {
          const address = part.first + BigInt(n);
          const old = seen.before.get(address);
          if (old !== undefined && old !== part.bytes[n]) changed[n] = 1;
          seen.now.set(address, part.bytes[n] as number);
        }
      }
      setShown({ part, kind, changed });
    });
    return () => {
      current = false;
    };
  }, [machine, first, length, kind, version, running]);
  return shown;
}
