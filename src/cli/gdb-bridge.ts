/** `vitrine gdb-bridge`: lets a gdb on this computer debug the machine of a page. */
import { BRIDGE_GDB_PORT, BRIDGE_PORT } from "../gdbstub/bridge-protocol.ts";
import { Bridge } from "../gdbstub/transports/websocket.ts";
import { UsageError } from "./usage-error.ts";

const USAGE = `Usage: vitrine gdb-bridge [options]

Waits on this computer, and on no other interface, for a page of Vitrine and for gdb. It prints a code; type it into the page
(never the other way round), then: gdb -ex 'target remote :${BRIDGE_GDB_PORT}'

  --port N        port for the page (default ${BRIDGE_PORT})
  --gdb-port N    port for gdb (default ${BRIDGE_GDB_PORT})
  --origin URL    also admit pages of this origin, such as https://example.org; pages that this computer serves are
                  admitted always

Ctrl-C ends it.
`;

/** Answers the exit status, when it is told to end. */
export async function bridgeCommand(args: readonly string[]): Promise<number> {
  const options = parse(args);
  if (options === null) {
    process.stdout.write(USAGE);
    return 0;
  }
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const bridge = await Bridge.open({ ...options, say });
  say(`the page finds this bridge at port ${bridge.port}, gdb at localhost:${bridge.gdbPort}`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
  await bridge.close();
  return 0;
}

function parse(args: readonly string[]): { port: number; gdbPort: number; origins: string[] } | null {
  let port: number = BRIDGE_PORT;
  let gdbPort: number = BRIDGE_GDB_PORT;
  const origins: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const option = args[at] as string;
    if (/^--?(help|h)$/.test(option)) return null;
    if (!["--port", "--gdb-port", "--origin"].includes(option)) throw new UsageError(`unknown option: ${option}`);
    const value = args[++at];
    if (value === undefined) throw new UsageError(`${option} needs a value`);
    if (option === "--port") port = portNumber(option, value);
    else if (option === "--gdb-port") gdbPort = portNumber(option, value);
    else origins.push(originOf(option, value));
  }
  return { port, gdbPort, origins };
}

function portNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > 0xffff) throw new UsageError(`${option}: "${text}" is not a port`);
  return Number(text);
}

function originOf(option: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.origin === "null" || (text !== url.origin && text !== `${url.origin}/`)) {
    throw new UsageError(`${option}: "${text}" is not an origin such as https://example.org`);
  }
  return url.origin;
}
