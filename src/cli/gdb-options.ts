/** Where gdb may come, as `-gdb` says it. */
import type { TcpAddress } from "../gdbstub/transports/tcp.ts";
import { UsageError } from "./usage-error.ts";

const LOOPBACK = "127.0.0.1";

/** "tcp::PORT" means loopback here; "none" is undefined. QEMU's server,nowait and the like say what is so anyway. */
export function gdbAddress(option: string, text: string): TcpAddress | undefined {
  if (text === "none") return undefined;
  const [, bracketed, plain = "", port = ""] =
    /^tcp:(?:\[([^\]]+)\]|([^:,[\]]*)):(\d{1,5})((,server(=on)?)|(,nowait|,wait=off)|(,nodelay(=on)?))*$/.exec(text) ??
    [];
  if (port === "" || Number(port) > 0xffff) {
    throw new UsageError(`${option} ${text} is not supported, only tcp::PORT, tcp:HOST:PORT or none`);
  }
  return { host: bracketed ?? (plain === "" ? LOOPBACK : plain), port: Number(port) };
}
