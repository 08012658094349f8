// Writes cluster after cluster to an overlay, each made safe, until one fails. Run by file-disks.test.ts, with the built library.
import { openOverlay } from "../../lib/host/backends/overlay.js";
import { openFileDisk, openFileStore } from "../../lib/worker/node-files/file-disks.js";

const [image, changes] = process.argv.slice(2);
const disk = await openOverlay(await openFileDisk(image, true), await openFileStore(changes));
let written = 0;
let message = "";
while (message === "") {
  const bytes = new Uint8Array(8 * 512);
  const words = new Uint32Array(bytes.buffer);
  for (let n = 0; n < words.length; n++) words[n] = pattern(8 * written + (n >> 7), 1, n % 128);
  try {
    await disk.write(BigInt(8 * written), bytes);
    await disk.flush();
    written++;
  } catch (error) {
    message = error.message;
  }
}
await disk.close();
process.stdout.write(JSON.stringify({ written, message }));

/** As in disk-model.ts. */
function pattern(sector, tag, word) {
  if (word === 0) return tag + 0x1000_0000;
  return (Math.imul(sector + 1, 0x9e37_79b1) ^ Math.imul(tag + 1, 0x85eb_ca6b) ^ Math.imul(word, 0xc2b2_ae35)) >>> 0;
}
