/** Values of devices as text. */
import type { StateRow } from "../../../src/spec/device-state.ts";
import { hexText } from "../../widgets/value-text.ts";

export function stateText({ format = "hex", bits }: StateRow, value: bigint): string {
  switch (format) {
    case "decimal":
      return value.toLocaleString("en-US");
    case "ns":
      return `${value.toLocaleString("en-US")} ns`;
    case "physical":
      return hexText(value, 48);
    default:
      return hexText(value, bits);
  }
}
