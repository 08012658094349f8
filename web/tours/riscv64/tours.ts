/** All tours, in the order in which they build upon each other. */
import { ECALL } from "./ecall.ts";
import { EDIT } from "./edit.ts";
import { HANG } from "./hang.ts";
import { PAGE_FAULT } from "./page-fault.ts";
import { TIMER } from "./timer.ts";
import type { Tour } from "../tour.ts";

export const TOURS: readonly Tour[] = [EDIT, ECALL, TIMER, PAGE_FAULT, HANG];
