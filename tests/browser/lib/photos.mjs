// Photos to test with, made here: PNG files with a soft pattern, whole, damaged, many.

import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";

const CRC = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc32(data) {
  let c = 0xffffffff;
  for (const byte of data) c = CRC[(c ^ byte) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** A PNG, RGB with 8 bits, of a gradient and stripes whose colour `seed` chooses. */
export function png(width, height, seed = 0) {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0, at = 0; y < height; y++) {
    at += 1;
    for (let x = 0; x < width; x++) {
      const stripe = ((x + y * 2 + seed * 37) >> 4) & 1 ? 40 : 0;
      rows[at++] = Math.min(255, ((x * 255) / width) * 0.8 + stripe);
      rows[at++] = Math.min(255, ((y * 255) / height) * 0.8 + stripe);
      rows[at++] = (seed * 53) & 0xff;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", zlib.deflateSync(rows, { level: 1 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Fills a folder with `count` photos `photo-001.png`… */
export function fill(folder, count, width, height) {
  fs.mkdirSync(folder, { recursive: true });
  // A few different ones; the rest are copies, since it is their number that counts.
  const kinds = Array.from({ length: Math.min(count, 5) }, (_, seed) => png(width, height, seed));
  const digits = Math.max(3, String(count).length);
  for (let i = 0; i < count; i++)
    fs.writeFileSync(
      path.join(folder, `photo-${String(i + 1).padStart(digits, "0")}.png`),
      kinds[i % kinds.length],
    );
}

/** Half a photo under a name. */
export function damage(file, width = 400, height = 300) {
  const whole = png(width, height, 9);
  fs.writeFileSync(file, whole.subarray(0, whole.length / 2));
}
