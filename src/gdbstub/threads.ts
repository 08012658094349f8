/** Threads of the remote protocol: one for each vCPU, numbered from 1. */
import { InvalidPacket } from "./reply.ts";

/** A thread's number, or all of them, or any. */
export type ThreadChoice = number | "all" | "any";

/** "1", "-1" (all), "0" (any), or with a process "p1.1", "p1.-1", "p1". Throws InvalidPacket. */
export function parseThread(text: string): ThreadChoice {
  const [, process, thread] = /^(?:p(-1|[\da-fA-F]{1,8})(?:\.(?=.))?)?(-1|[\da-fA-F]{1,8})?$/.exec(text) ?? [];
  if (process === undefined && thread === undefined) throw new InvalidPacket(`thread ${text}`);
  if (thread === undefined || thread === "-1") return "all";
  const number = Number.parseInt(thread, 16);
  return number === 0 ? "any" : number;
}

/** As gdb writes the thread that stands for a vCPU: numbers begin at 1. */
export function threadOfCpu(cpu: number): string {
  return (cpu + 1).toString(16).padStart(2, "0");
}
