/** What the form of a stop point holds: texts as they were typed, made of a stop point and into one. */
import type { NewStopPoint } from "../../model/debug-model.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { causesAsTyped, parseCauses } from "../../model/stop-point-text.ts";

export type Point = ReturnType<MachineModel["debug"]["points"]["get"]>[number];
export type Kind = Point["kind"];

/** `space`: number of an address space, "" for all; `to`: number of a privilege, "" for any. */
export const EMPTY = {
  address: "",
  space: "",
  size: "8",
  access: "write",
  name: "",
  exceptions: "all",
  interrupts: "",
  to: "",
  text: "",
  condition: "",
  ignore: "",
  log: "",
};
export type Fields = typeof EMPTY;

/** The fields that would make this stop point. */
export function fieldsOf(point: Point): Fields {
  const address = "address" in point ? `0x${point.address.toString(16)}` : "";
  const space = "space" in point && point.space !== undefined ? String(point.space) : "";
  const fields = {
    ...EMPTY,
    ...{ address, space },
    condition: point.condition ?? "",
    ignore: point.ignore ? String(point.ignore) : "",
    log: point.log ?? "",
  };
  switch (point.kind) {
    case "watch":
      return { ...fields, size: String(point.size), access: point.access };
    case "register":
    case "csr":
      return { ...fields, name: point.name };
    case "trap":
      return {
        ...fields,
        exceptions: causesAsTyped(point.exceptions),
        interrupts: causesAsTyped(point.interrupts),
      };
    case "privilege":
      return { ...fields, to: point.to === undefined ? "" : String(point.to) };
    case "console":
      return { ...fields, text: point.text };
    default:
      return fields;
  }
}

/** The stop point, or what is wrong with the fields. */
export async function pointOf(kind: Kind, fields: Fields, machine: MachineModel): Promise<NewStopPoint | string> {
  const ignore = fields.ignore.trim() === "" ? 0 : Number(fields.ignore);
  if (!Number.isInteger(ignore) || ignore < 0) return "Ignore hits: expected a whole number such as 3.";
  const extras = {
    ...(fields.condition.trim() !== "" && { condition: fields.condition }),
    ...(ignore > 0 && { ignore }),
    ...(fields.log.trim() !== "" && { log: fields.log }),
  };
  if (kind === "execute" || kind === "watch") {
    const result = await machine.evaluate(fields.address);
    if (result.kind === "error") return `Address, at character ${result.position + 1}: ${result.text}`;
    const address = result.value.value;
    const space = fields.space === "" ? {} : { space: BigInt(fields.space) };
    if (kind === "execute") return { kind, address, ...space, ...extras };
    const size = Number(fields.size);
    if (!Number.isInteger(size) || size < 1) return "Bytes: expected a whole number such as 8.";
    const access = fields.access as "read" | "write" | "access" | "change";
    return { kind, address, size, access, ...space, ...extras };
  }
  if (kind === "register" || kind === "csr") {
    if (machine.registers.valueOf(fields.name.trim()) === null) return `No register is named “${fields.name}”.`;
    return { kind, name: fields.name.trim(), ...extras };
  }
  if (kind === "trap") {
    const exceptions = parseCauses(fields.exceptions, machine.registers.causes(false));
    const interrupts = parseCauses(fields.interrupts, machine.registers.causes(true));
    for (const parsed of [exceptions, interrupts]) if (typeof parsed === "string" && parsed !== "all") return parsed;
    if (exceptions.length === 0 && interrupts.length === 0)
      return "Expected an exception or an interrupt, or all of them.";
    return { kind, exceptions, interrupts, ...extras } as NewStopPoint;
  }
  if (kind === "privilege") return { kind, ...(fields.to !== "" && { to: Number(fields.to) }), ...extras };
  if (fields.text === "") return "Expected the text that the console prints.";
  return { kind, text: fields.text, ...extras };
}
