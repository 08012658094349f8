/** How a gdb on the user's computer gets at the machine of this page: what to do, the code, and how the link stands. */
import { type FormEvent, useId, useState } from "react";
import {
  BRIDGE_GDB_PORT,
  BRIDGE_PORT,
  codeComplaint,
  type GdbModel,
  gdbSentence,
  portNumber,
} from "../model/gdb-model.ts";
import { Button } from "../widgets/button.tsx";
import { Sheet } from "../widgets/sheet.tsx";
import { useStore } from "../widgets/use-store.ts";
import "./gdb.css";

export interface GdbSheetProps {
  readonly model: GdbModel;
  readonly onClose: () => void;
}

const PORT_COMPLAINT = "Expected a port from 1 to 65535.";

export function GdbSheet({ model, onClose }: GdbSheetProps) {
  const state = useStore(model.state);
  const [code, setCode] = useState("");
  const [port, setPort] = useState(String(BRIDGE_PORT));
  const [checked, setChecked] = useState(false);
  const id = useId();
  const connected = state.kind === "waiting" || state.kind === "attached";
  const under = connected || state.kind === "connecting";
  const wrongCode = checked ? codeComplaint(code) : null;
  const wrongPort = checked && portNumber(port) === null ? PORT_COMPLAINT : null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const number = portNumber(port);
    setChecked(true);
    if (!under && number !== null && codeComplaint(code) === null) void model.connect(number, code);
  };
  return (
    <Sheet title="Attach gdb" onClose={onClose}>
      <header className="sheet-head">
        <h2>Attach gdb</h2>
        <Button onClick={onClose}>Close</Button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <div className="sheet-scroll gdb-sheet" tabIndex={0}>
        <p>A gdb on this computer can debug the machine of this page.</p>
        <ol>
          <li>
            In a terminal on this computer, run <code>{bridgeCommand(portNumber(port))}</code>
          </li>
          <li>Enter the one-time code that it prints here, and connect.</li>
          <li>
            In gdb: <code>target remote :{connected ? state.gdbPort : BRIDGE_GDB_PORT}</code>
          </li>
        </ol>
        <p className="gdb-prompt">
          When you connect, the browser may ask whether this page may reach programs on this computer or its local
          network. That program is the bridge; without the permission gdb cannot be reached.
        </p>
        <form onSubmit={submit} noValidate>
          <label className="gdb-code">
            Code
            <input
              className="field"
              value={code}
              onChange={(event) => setCode(event.target.value)}
              disabled={under}
              aria-invalid={wrongCode !== null}
              aria-describedby={wrongCode !== null ? `${id}-code` : undefined}
              autoComplete="off"
              autoCapitalize="characters"
              spellCheck={false}
            />
          </label>
          <label className="gdb-port">
            Port of the bridge
            <input
              className="field"
              value={port}
              onChange={(event) => setPort(event.target.value)}
              disabled={under}
              inputMode="numeric"
              aria-invalid={wrongPort !== null}
              aria-describedby={wrongPort !== null ? `${id}-port` : undefined}
              autoComplete="off"
            />
          </label>
          {under ? (
            <Button key="disconnect" onClick={() => model.disconnect()}>
              Disconnect
            </Button>
          ) : (
            <button key="connect" type="submit" className="button button-primary">
              Connect
            </button>
          )}
          {wrongCode !== null && (
            <p id={`${id}-code`} className="gdb-complaint" role="alert">
              {wrongCode}
            </p>
          )}
          {wrongPort !== null && (
            <p id={`${id}-port`} className="gdb-complaint" role="alert">
              {wrongPort}
            </p>
          )}
        </form>
        <p className={`gdb-state gdb-${state.kind}`} role="status">
          {gdbSentence(state)}.
        </p>
      </div>
    </Sheet>
  );
}

/** The bridge admits pages that this computer serves; others have to be named. */
function bridgeCommand(port: number | null): string {
  const { hostname, origin } = window.location;
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  const where = port === null || port === BRIDGE_PORT ? "" : ` --port ${port}`;
  return `npx vitrine gdb-bridge${where}${isHere ? "" : ` --origin ${origin}`}`;
}
