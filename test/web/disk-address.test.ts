/** Disks behind addresses of other servers: nothing is asked for without a click, and what is wrong with a server is named. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PageUnderTest } from "./machine-page.ts";

const SECTORS = 32_768;
const image = Buffer.concat(Array.from({ length: SECTORS }, (_, n) => Buffer.from(`sector ${n}\n`.padEnd(512, "."))));
const READABLE = { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Content-Range, ETag" };

let site: PageUnderTest;
let server: Server;
let origin: string;
/** Paths that were asked for. */
const asked: string[] = [];
/** Requests from this one on are broken off. */
let breaking = false;
let etag = '"one"';

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? "";
  asked.push(path);
  const [, first, last] = (/^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? ["", "0", "0"]).map(Number) as [
    number,
    number,
    number,
  ];
  const end = Math.min(last, image.length - 1);
  const range = { "Content-Range": `bytes ${first}-${end}/${image.length}`, ETag: etag };
  const headers: Record<string, string> =
    path === "/closed.img"
      ? range
      : path === "/hidden.img"
        ? { ...range, "Access-Control-Allow-Origin": "*" }
        : { ...READABLE, ...range };
  if (path === "/whole.img") return void response.writeHead(200, READABLE).end(image);
  if (path === "/gone.img") return void response.writeHead(404, READABLE).end();
  if (path === "/old.qcow2") {
    const other = Buffer.concat([Buffer.from("QFI\xfb", "latin1"), image.subarray(4)]);
    return void response.writeHead(206, headers).end(other.subarray(first, end + 1));
  }
  response.writeHead(206, headers);
  if (breaking) return void response.write(image.subarray(first, first + 100), () => response.destroy());
  response.end(image.subarray(first, end + 1));
}

beforeAll(async () => {
  site = await PageUnderTest.start();
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await site.stop();
  server.closeAllConnections();
  server.close();
});

async function agree(page: Page): Promise<void> {
  await page.getByRole("button", { name: `Load from ${origin} and start` }).click();
}

test("a link loads nothing before it is agreed to; then the guest reads what it wants; breaks and changes are named", async () => {
  const visit = await site.open(`?machine=linux&disk=${encodeURIComponent(`forget,${origin}/good.img`)}`);
  const { page } = visit;
  await page.getByText(`${origin}/good.img`).waitFor();
  expect(asked).toEqual([]);
  await agree(page);
  await visit.line(/^vitrine:~#$/);
  await visit.type("clear; dd if=/dev/vda bs=512 skip=30000 count=1 2> /dev/null | head -n 1\n");
  await visit.line(/^sector 30000$/);
  // Parts of 256 KiB: the beginning and the end, and not yet what nobody has read.
  expect(new Set(asked)).toEqual(new Set(["/good.img"]));

  breaking = true;
  await visit.type(
    "clear; dd if=/dev/vda of=/dev/null bs=512 skip=12000 count=1 2>&1 | grep -o 'Input/output error'\n",
  );
  await visit.line(/^Input\/output error$/);
  await page
    .locator(".status-notice")
    .getByText(/good\.img broke off after \d+ of 262144 bytes.*\(asked 4 times\)/)
    .waitFor();
  breaking = false;
  await visit.type("clear; dd if=/dev/vda bs=512 skip=12000 count=1 2> /dev/null | head -n 1\n");
  await visit.line(/^sector 12000$/);

  etag = '"two"';
  await visit.type(
    "clear; dd if=/dev/vda of=/dev/null bs=512 skip=20000 count=1 2>&1 | grep -o 'Input/output error'\n",
  );
  await visit.line(/^Input\/output error$/);
  await page
    .locator(".status-notice")
    .getByText(/good\.img has changed on the server since/)
    .waitFor();
  etag = '"one"';
  await visit.close();
});

test.each([
  [
    "closed.img",
    /closed\.img (cannot be reached, or|may not be read).*Access-Control-Allow-Origin: http:\/\/localhost:\d+/,
  ],
  ["hidden.img", /no header Content-Range that this page may read: .*Access-Control-Expose-Headers: Content-Range/],
  ["whole.img", /sends the whole file .*\(no range support\): put the image on a server/],
  ["gone.img", /gone\.img cannot be loaded: 404/],
  ["old.qcow2", /old\.qcow2 is a qcow2 image, not a raw disk image: convert it/],
])("%s: what is wrong with the server or the image is said", async (name, message) => {
  const visit = await site.open(`?machine=linux&disk=${encodeURIComponent(`read,${origin}/${name}`)}`);
  await agree(visit.page);
  await visit.page.getByRole("alert").getByText(message).waitFor();
  await visit.state(/^Linux could not be started/);
  await visit.close();
});
