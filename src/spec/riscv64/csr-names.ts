/** Names of control and status registers by number, for disassembly: this CPU's, and the standard ones that it lacks. */

import { CSRS } from "./csrs.ts";

/** A first number, and the names from there on; "-" where a number has none. */
const ABSENT: readonly (readonly [number, string])[] = [
  [0x008, "vstart vxsat vxrm"],
  [0x00f, "vcsr - ssp - - - seed - jvt"],
  [0x10c, "sstateen0 sstateen1 sstateen2 sstateen3"],
  [0x120, "scountinhibit"],
  [0x150, "siselect sireg sireg2 sireg3 - sireg4 sireg5 sireg6"],
  [0x15c, "stopei"],
  [0x181, "srmcfg"],
  [0x200, "vsstatus - - - vsie vstvec"],
  [0x240, "vsscratch vsepc vscause vstval vsip"],
  [0x24d, "vstimecmp - - vsiselect vsireg vsireg2 vsireg3 - vsireg4 vsireg5 vsireg6"],
  [0x25c, "vstopei"],
  [0x280, "vsatp"],
  [0x308, "mvien mvip - - mstateen0 mstateen1 mstateen2 mstateen3"],
  [0x34a, "mtinst mtval2"],
  [0x350, "miselect mireg mireg2 mireg3 - mireg4 mireg5 mireg6"],
  [0x35c, "mtopei"],
  [0x3a4, "pmpcfg4 - pmpcfg6 - pmpcfg8 - pmpcfg10 - pmpcfg12 - pmpcfg14"],
  [0x5a8, "scontext"],
  [
    0x600,
    "hstatus - hedeleg hideleg hie htimedelta hcounteren hgeie hvien hvictl henvcfg - hstateen0 hstateen1 hstateen2 hstateen3",
  ],
  [0x643, "htval hip hvip hviprio1 hviprio2 - - htinst"],
  [0x680, "hgatp"],
  [0x6a8, "hcontext"],
  [0x740, "mnscratch mnepc mncause - mnstatus - - mseccfg"],
  [0x7a8, "mcontext"],
  [0x7b0, "dcsr dpc dscratch0 dscratch1"],
  [0xc20, "vl vtype vlenb"],
  [0xda0, "scountovf"],
  [0xdb0, "stopi"],
  [0xe12, "hgeip"],
  [0xeb0, "vstopi"],
  [0xfb0, "mtopi"],
  [0x3c0, Array.from({ length: 48 }, (_, i) => `pmpaddr${i + 16}`).join(" ")],
];

export const CSR_NAMES: Readonly<Record<number, string>> = Object.fromEntries([
  ...ABSENT.flatMap(([first, names]) =>
    names
      .split(" ")
      .map((name, i): [number, string] => [first + i, name])
      .filter(([, name]) => name !== "-"),
  ),
  ...CSRS.map(({ number, name }): [number, string] => [number, name]),
]);
