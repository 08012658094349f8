/** A disk behind an HTTP address, against servers that answer rightly, wrongly, late and not at all. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { httpDisk } from "../../../src/host/backends/http-disk.ts";

const CHUNK = 4096;
const image = Uint8Array.from({ length: 64 * CHUNK + 512 }, (_, index) => (index * 31 + (index >> 9)) & 0xff);
/** A busy host lets the server wait; only where silence is meant is it short. */
const options = { chunkBytes: CHUNK, cacheBytes: 8 * CHUNK, pausesMs: [1, 1], silenceMs: 30_000 };

type Answer = (response: ServerResponse, first: number, last: number) => void;

let server: Server;
let address: string;
/** Ranges that were asked for, in order. */
let asked: string[];
/** How the next requests are answered; when it is empty, rightly. */
let oddities: Answer[];
let etag: string;

function part(response: ServerResponse, first: number, last: number): void {
  const end = Math.min(last, image.length - 1);
  response.writeHead(206, { "Content-Range": `bytes ${first}-${end}/${image.length}`, ETag: etag });
  response.end(image.subarray(first, end + 1));
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  asked.push(request.headers.range ?? "");
  const [first, last] = (request.headers.range ?? "bytes=0-0").slice(6).split("-").map(Number) as [number, number];
  (oddities.shift() ?? part)(response, first, last);
}

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/disk.img`;
});
beforeEach(() => {
  asked = [];
  oddities = [];
  etag = '"one"';
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const breaksOff: Answer = (response, first, last) => {
  response.writeHead(206, {
    "Content-Range": `bytes ${first}-${last}/${image.length}`,
    ETag: etag,
    "Content-Length": CHUNK,
  });
  response.write(image.subarray(first, first + 100), () => response.destroy());
};
const says =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end("x".repeat(10));
const never: Answer = () => {};

test("parts are read as they are asked for, across chunks and to the end, and kept", async () => {
  const disk = await httpDisk(address, options);
  expect(disk.sectors).toBe(BigInt(image.length / 512));
  expect(await disk.read(0n, 512)).toEqual(image.subarray(0, 512));
  const inOrder = () => [...asked].sort((a, b) => Number(a.slice(6).split("-")[0]) - Number(b.slice(6).split("-")[0]));
  // The first chunk is read from its beginning on: so the next four are asked for, too.
  await expect
    .poll(inOrder)
    .toEqual(["bytes=0-4095", "bytes=4096-8191", "bytes=8192-12287", "bytes=12288-16383", "bytes=16384-20479"]);
  asked = [];
  expect(await disk.read(5n, 8192)).toEqual(image.subarray(5 * 512, 5 * 512 + 8192));
  await expect.poll(inOrder).toEqual(["bytes=20480-24575", "bytes=24576-28671"]);
  asked = [];
  expect(await disk.read(BigInt(image.length / 512 - 9), 9 * 512)).toEqual(image.subarray(image.length - 9 * 512));
  expect(inOrder()).toEqual(["bytes=258048-262143", "bytes=262144-266239"]);
  await expect(disk.write()).rejects.toThrow(`${address} cannot be written to`);
  await disk.close();
});

test("no more is kept than is allowed, what was used last stays", async () => {
  const disk = await httpDisk(address, options);
  for (const number of [20, 40, 22, 42, 24, 44, 26, 20]) await disk.read(BigInt(number * 8), 512);
  asked = [];
  await disk.read(20n * 8n, 512);
  expect(asked).toEqual([]);
  await disk.read(0n, 512);
  expect(asked).toContain("bytes=0-4095");
  await disk.close();
});

test("a connection that breaks, a server that is busy, and silence: asked again, then an error that says so", async () => {
  const impatient = await httpDisk(address, { ...options, pausesMs: Array(20).fill(1), silenceMs: 500 });
  oddities = [never];
  expect(await impatient.read(160n, 512)).toEqual(image.subarray(160 * 512, 161 * 512));
  await impatient.close();
  const disk = await httpDisk(address, options);
  oddities = [breaksOff, says(503)];
  expect(await disk.read(80n, 512)).toEqual(image.subarray(80 * 512, 81 * 512));
  oddities = [breaksOff, breaksOff, breaksOff];
  await expect(disk.read(240n, 512)).rejects.toThrow(
    /^http:\S+disk\.img broke off after \d+ of 4096 bytes: .* \(asked 3 times\)$/,
  );
  // The guest may try again, and what lies behind is not asked for as long as nobody reads on.
  await disk.read(0n, 512);
  expect(await disk.read(240n, 512)).toEqual(image.subarray(240 * 512, 241 * 512));
  await disk.close();
});

test.each([
  ["no such file", says(404), /disk\.img cannot be loaded: 404 Not Found$/],
  ["no range support", says(200), /sends the whole file .* \(no range support\): put the image on a server/],
  ["no Content-Range", says(206), /no header Content-Range that this page may read: the server must send it$/],
  ["no size", says(206, { "Content-Range": "bytes 0-4095/*" }), /"Content-Range: bytes 0-4095\/\*" gives no size$/],
  [
    "another part",
    says(206, { "Content-Range": "bytes 1-4096/9000" }),
    /asked for 4096 bytes at 0, the server answers/,
  ],
  ["no sectors", says(206, { "Content-Range": "bytes 0-9/10" }), /its size of 10 bytes is not a multiple of 512/],
])("%s: refused at once, with what to do", async (_, oddity, message) => {
  oddities = [oddity];
  await expect(httpDisk(address, options)).rejects.toThrow(message);
  expect(asked.length).toBe(1);
});

test("a server that is not there is named", async () => {
  await expect(httpDisk("http://127.0.0.1:1/x.img", options)).rejects.toThrow(
    /^http:\/\/127\.0\.0\.1:1\/x\.img cannot be reached: .*\(asked 3 times\)$/,
  );
});

test("a file that changes on the server: an error at once and from then on", async () => {
  const disk = await httpDisk(address, options);
  etag = '"two"';
  const message = /has changed on the server since the machine was started: start the machine again/;
  await expect(disk.read(80n, 512)).rejects.toThrow(message);
  etag = '"one"';
  await expect(disk.read(120n, 512)).rejects.toThrow(message);
  await disk.close();
});

test("a file that has become shorter has changed", async () => {
  const disk = await httpDisk(address, options);
  oddities = [says(416), says(416)];
  await expect(disk.read(400n, 512)).rejects.toThrow(/has changed on the server/);
  await disk.close();
});
