/** The place where gdb finds the machine of `vitrine run`. */
import { Door } from "../gdbstub/door.ts";
import { isLoopback, type TcpAddress, TcpListener } from "../gdbstub/transports/tcp.ts";
import type { Machine } from "../worker/node.ts";

export interface GdbServer {
  /** Resolves when gdb knows how the machine ended, and its connection is closed. */
  close(): Promise<void>;
}

/** `onKill`: gdb wants the machine ended. Rejects if the address cannot be had. */
export async function openGdbServer(
  address: TcpAddress,
  machine: Machine,
  say: (line: string) => void,
  onKill: () => void,
): Promise<GdbServer> {
  const door = new Door(machine, onKill);
  const listener = await TcpListener.open(address, (visitor) => door.enter(visitor));
  if (!isLoopback(address.host)) {
    say(`warning: whoever reaches ${address.host} port ${listener.port} can read and change this machine`);
  }
  if (address.port === 0) say(`gdb may come to ${address.host} port ${listener.port}`);
  return {
    close: async () => {
      await door.close();
      await listener.close();
    },
  };
}
