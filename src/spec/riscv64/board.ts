/** The board of this target, by the name by which the page loads it. */
import type { Board } from "../memory-map.ts";
import { virtBoard } from "./virt-board.ts";

export const BOARD: Board = virtBoard;
