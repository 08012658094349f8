/** Links: what is written is read again, and nonsense is named and left out. */
import { expect, test } from "vitest";
import { linkQuery, type PageLink, parseLink } from "../../../web/model/page-link.ts";

const link: Omit<PageLink, "odd"> = {
  machine: "hello",
  options: {
    memory: 128 << 20,
    append: "console=hvc0 init=/bin/sh & more",
    clock: "realtime",
    pointer: "mouse",
    at: 5551n,
    prompt: true,
  },
  disks: [
    { access: "forget", address: "https://example.org/a%20disk.img?x=1,2" },
    { access: "read", address: "http://localhost:5173/b.img" },
    { kept: "blank-disk-of-64-mib-3f9a01" },
  ],
  layout: "debug",
  points: [
    { kind: "execute", address: 0xffff_ffff_8000_0000n, condition: 'a0 == "x"' },
    { kind: "watch", address: 0x8000_1000n, size: 8, access: "write", enabled: false },
    { kind: "trap", exceptions: [8, 13], interrupts: "all" },
    { kind: "console", text: "<b>login:</b> &" },
  ],
};

test("what is written is read again", () => {
  expect(parseLink(linkQuery(link))).toEqual({ ...link, odd: [] });
});

test("numbers of stop points are not part of a link", () => {
  const query = linkQuery({ ...link, points: [{ kind: "privilege", id: 7 } as never] });
  expect(parseLink(query).points).toEqual([{ kind: "privilege" }]);
});

test("an empty address is the first machine as it comes", () => {
  expect(parseLink("")).toEqual({ machine: null, options: {}, disks: [], layout: null, points: [], odd: [] });
});

test.each([
  ["memory=-1", "memory"],
  ["memory=99999", "memory"],
  ["clock=never", "clock"],
  ["at=1e9", "at"],
  ["at=99999999999999999999", "at"],
  ["layout=upside-down", "layout"],
  ["start=here", "start"],
  ["disk=https://example.org/x.img", "disk"],
  ["disk=keep,/etc/passwd", "disk"],
  ["disk=keep,file:///etc/passwd", "disk"],
  ["disk=kept,../settings", "disk"],
  ["disk=write,https://example.org/x.img", "disk"],
  ["stops=nonsense", "stops"],
  ['stops={"kind":"execute"}', "stops"],
  ['stops=[{"kind":"bomb"}]', "stops"],
  ['stops=[{"kind":"execute"}]', "stops"],
  ['stops=[{"kind":"__proto__"}]', "stops"],
  ['stops=[{"kind":"console","text":{}}]', "stops"],
  ['stops=[{"kind":"trap","exceptions":[{}]}]', "stops"],
  ['stops=[{"kind":"console","text":"all","hits":1}]', "stops"],
  ['stops=[{"kind":"execute","address":5}]', "stops"],
  ['stops=[{"kind":"execute","address":"0x11112222333344445"}]', "stops"],
])("%s is named and left out", (query, name) => {
  expect(parseLink(`?${query}`)).toEqual({
    machine: null,
    options: {},
    disks: [],
    layout: null,
    points: [],
    odd: [name],
  });
});
