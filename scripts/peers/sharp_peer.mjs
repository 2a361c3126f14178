// sharp, one photo per core at a time with one thread each: node sharp_peer.mjs MODULES WORKLOAD MARK IN OUT,
// for scripts/bench.
//
// MODULES is the folder that sharp was installed into. sharp has no gradient magnitude and no bit mask for a
// picture whose size is not known: `edges` and `agency` are left out, which exit code 3 says.

import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import path from "node:path";

const [modules, workload, mark, source, target] = process.argv.slice(2);
const sharp = createRequire(path.join(modules, "index.js"))("sharp");
sharp.concurrency(1);
sharp.cache(false);

const workloads = {
  transcode: async (photo) => photo,
  fit: async (photo) => photo.resize(1024, 1024, { fit: "inside", withoutEnlargement: true }),
  blur: async (photo) => photo.blur(5),
  studio: async (photo) => {
    const { width, height } = await photo.metadata();
    const short = Math.min(width, height);
    const [edge, margin] = [Math.round(short * 0.2), Math.round(short * 0.03)];
    const faint = sharp(mark).resize(edge, edge).linear([1, 1, 1, 0.5], [0, 0, 0, 0]);
    const logo = await faint.png({ compressionLevel: 0 }).toBuffer();
    const place = { input: logo, left: width - edge - margin, top: height - edge - margin };
    return photo
      .toColourspace("srgb")
      .linear(1.1 * 1.2, 127.5 * (1 - 1.2))
      .composite([place]);
  },
};

if (!(workload in workloads)) process.exit(3);
const photos = (await readdir(source)).sort();
async function lane() {
  for (let name = photos.shift(); name !== undefined; name = photos.shift()) {
    const done = await workloads[workload](sharp(path.join(source, name)));
    await done.jpeg({ quality: 85 }).toFile(path.join(target, name));
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, lane));
