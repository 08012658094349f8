/** What gdb's packets for going on ask for: vCont, and c, C, s, S before it (GDB manual, "Packets"). */
import { numberOfHex } from "./hex.ts";
import { InvalidPacket } from "./reply.ts";
import { type ThreadChoice, parseThread } from "./threads.ts";

/** One machine goes on as a whole, so one action is taken: the first that applies to its threads, steps before continuing. */
export type ResumeAction =
  | { readonly kind: "continue" }
  | { readonly kind: "step" }
  | { readonly kind: "range"; readonly first: bigint; readonly end: bigint }
  | { readonly kind: "stop" };

/** The actions of vCont as it answers "vCont?". */
export const VCONT_ACTIONS = "vCont;c;C;s;S;t;r";

/** `text` begins behind "vCont". Throws InvalidPacket. */
export function parseVCont(text: string): ResumeAction {
  const parts = text.split(";");
  if (parts.shift() !== "" || parts.length === 0) throw new InvalidPacket("vCont without an action");
  const actions = parts.map(parseAction);
  const moving = actions.find(({ action }) => action.kind === "step" || action.kind === "range");
  return (moving ?? (actions[0] as (typeof actions)[number])).action;
}

function parseAction(text: string): { action: ResumeAction; thread: ThreadChoice | null } {
  const [, name = "", operand = "", , thread] = /^([a-zA-Z])([\da-fA-F,]*)(:(.*))?$/s.exec(text) ?? [];
  return { action: actionOf(name, operand), thread: thread === undefined ? null : parseThread(thread) };
}

function actionOf(name: string, operand: string): ResumeAction {
  switch (name) {
    case "c":
    case "s":
    case "t":
      if (operand !== "") break;
      return { kind: name === "c" ? "continue" : name === "s" ? "step" : "stop" };
    // A machine has no signals: the number is looked at and forgotten.
    case "C":
    case "S":
      if (!/^[\da-fA-F]{2}$/.test(operand)) break;
      return { kind: name === "C" ? "continue" : "step" };
    case "r": {
      const [first = null, end = null, more] = operand.split(",").map(numberOfHex);
      if (first === null || end === null || more !== undefined) break;
      return { kind: "range", first, end };
    }
  }
  throw new InvalidPacket(`vCont action ${name}${operand}`);
}

/** The packets c, C, s and S, with the address to go on from, if any. Throws InvalidPacket. */
export function parseResume(packet: string): { readonly action: ResumeAction; readonly from: bigint | null } {
  const [, letter, signalled, address] = /^(?:([cs])|([CS])[\da-fA-F]{2}(?=;|$));?([\da-fA-F]*)$/.exec(packet) ?? [];
  const name = letter ?? signalled;
  if (name === undefined) throw new InvalidPacket(packet);
  const from = address === undefined || address === "" ? null : numberOfHex(address);
  if (address !== undefined && address !== "" && from === null) throw new InvalidPacket(packet);
  return { action: { kind: name.toLowerCase() === "c" ? "continue" : "step" }, from };
}
