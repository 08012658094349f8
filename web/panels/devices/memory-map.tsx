/** The board's physical addresses as a picture: what lies there from top to bottom, higher where it is larger, gaps between. */
import { Fragment } from "react";
import { type BoardLook, deviceTitle, type MapRange } from "../../model/board-model.ts";
import { hexText } from "../../widgets/value-text.ts";

export interface MemoryMapProps {
  readonly look: BoardLook;
  readonly ranges: readonly MapRange[];
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
}

/** Pixels of the smallest range, and for each doubling of its size above 4 KiB. */
const LEAST = 24;
const A_DOUBLING = 2;
const PAGE_BITS = 12;

export function MemoryMap({ look, ranges, chosen, onChoose }: MemoryMapProps) {
  return ranges.map(({ name, title, first, bytes }, index) => {
    const before = ranges[index - 1];
    const gap = first - (before === undefined ? 0n : before.first + before.bytes);
    const device = look.devices.find((one) => one.device.name === name);
    const shown = device === undefined ? title : deviceTitle(device);
    return (
      <Fragment key={name}>
        {gap > 0n && <div className="map-gap" />}
        <button
          type="button"
          className={device === undefined ? "map-range map-memory" : "map-range"}
          style={{ minHeight: heightOf(bytes) }}
          aria-current={name === chosen}
          onClick={() => onChoose(name)}
          title={shown}
        >
          <span className="map-address">{hexText(first, 32)}</span>
          <span className="map-name">{name}</span>
          <span className="map-title">{shown}</span>
        </button>
      </Fragment>
    );
  });
}

function heightOf(bytes: bigint): number {
  return LEAST + A_DOUBLING * Math.max(0, bytes.toString(2).length - 1 - PAGE_BITS);
}
