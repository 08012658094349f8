/** Each panel by its name: its title, and its code, which is loaded when it is first shown. */
import { type ComponentType, lazy } from "react";
import type { PanelId } from "../model/layout.ts";
import type { MachineModel } from "../model/machine-model.ts";
import type { Theme } from "../model/settings.ts";

/** What the page gives to every panel. */
export interface PanelProps {
  readonly machine: MachineModel;
  readonly theme: Theme;
  readonly screenReader: boolean;
}

export interface PanelEntry {
  readonly title: string;
  readonly Panel: ComponentType<PanelProps>;
}

export const PANEL_ENTRIES: Readonly<Record<PanelId, PanelEntry>> = {
  registers: {
    title: "Registers",
    Panel: lazy(async () => ({ default: (await import("../panels/registers/registers-panel.tsx")).RegistersPanel })),
  },
  terminal: {
    title: "Terminal",
    Panel: lazy(async () => ({ default: (await import("../panels/terminal/terminal-panel.tsx")).TerminalPanel })),
  },
  screen: {
    title: "Screen",
    Panel: lazy(async () => ({ default: (await import("../panels/screen/screen-panel.tsx")).ScreenPanel })),
  },
  disassembly: {
    title: "Disassembly",
    Panel: lazy(async () => ({
      default: (await import("../panels/disassembly/disassembly-panel.tsx")).DisassemblyPanel,
    })),
  },
  source: {
    title: "Source",
    Panel: lazy(async () => ({ default: (await import("../panels/source/source-panel.tsx")).SourcePanel })),
  },
  stack: {
    title: "Call stack",
    Panel: lazy(async () => ({ default: (await import("../panels/call-stack/call-stack-panel.tsx")).CallStackPanel })),
  },
  memory: {
    title: "Memory",
    Panel: lazy(async () => ({ default: (await import("../panels/memory/memory-panel.tsx")).MemoryPanel })),
  },
  stops: {
    title: "Breakpoints",
    Panel: lazy(async () => ({ default: (await import("../panels/stops/stops-panel.tsx")).StopsPanel })),
  },
  symbols: {
    title: "Symbols",
    Panel: lazy(async () => ({ default: (await import("../panels/symbols/symbols-panel.tsx")).SymbolsPanel })),
  },
  space: {
    title: "Address space",
    Panel: lazy(async () => ({
      default: (await import("../panels/address-space/address-space-panel.tsx")).AddressSpacePanel,
    })),
  },
  processes: {
    title: "Processes",
    Panel: lazy(async () => ({ default: (await import("../panels/processes/processes-panel.tsx")).ProcessesPanel })),
  },
  devices: {
    title: "Devices",
    Panel: lazy(async () => ({ default: (await import("../panels/devices/devices-panel.tsx")).DevicesPanel })),
  },
  performance: {
    title: "Performance",
    Panel: lazy(async () => ({
      default: (await import("../panels/performance/performance-panel.tsx")).PerformancePanel,
    })),
  },
  traps: {
    title: "Traps",
    Panel: lazy(async () => ({ default: (await import("../panels/traps/traps-panel.tsx")).TrapsPanel })),
  },
  meter: {
    title: "Meter",
    Panel: lazy(async () => ({ default: (await import("../panels/meter/meter-panel.tsx")).MeterPanel })),
  },
};
