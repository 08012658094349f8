/** Generates wasm-core/generated/device-state.ts: reads a value of a device for somebody who looks at it, without a trace. */
import { DEVICE_STATES, stateRows } from "../spec/device-state.ts";
import type { Board } from "../spec/memory-map.ts";
import { deviceClass } from "./board.ts";
import { type GeneratedFile, header } from "./generated-file.ts";

export function generateDeviceState(board: Board): GeneratedFile {
  const states = DEVICE_STATES.filter(({ type }) => board.devices.some((row) => row.type === type));
  const readers = states
    .map(({ type, rows }) => {
      const cases = rows.map(({ core }, index) => `    case ${index}: return <u64>device.${core};\n`).join("");
      return `\nfunction read${deviceClass(type)}(device: ${deviceClass(type)}, row: u32, n: u32): u64 {\n  switch (row) {\n${cases}  }\n  return 0;\n}\n`;
    })
    .join("");
  const shown = board.devices.map((row, index) => ({ ...row, index })).filter(({ type }) => stateRows(type).length > 0);
  const cases = shown
    .map(({ name, type, index }) => `    case ${index}: return read${deviceClass(type)}(${name}, row, n);\n`)
    .join("");
  const text = `${header("src/spec/device-state.ts and the table of the board, src/codegen/device-state.ts")}
import { ${shown.map(({ name }) => name).join(", ")} } from "./board";
${states.map(({ type }) => `import { ${deviceClass(type)} } from "../devices/${type}";\n`).join("")}
/** Value \`n\` of row \`row\` of the board's device \`device\`; 0 where there is none. \`n\` must be below the row's count. */
export function deviceValue(device: u32, row: u32, n: u32): u64 {
  switch (device) {
${cases}  }
  return 0;
}
${readers}`;
  return { path: "device-state.ts", text };
}
