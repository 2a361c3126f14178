// The page's modules without a browser, for those that draw nothing. In the program they have no package.json
// that would tell Node.js what they are, so they are loaded from a copy that has.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const assets = fileURLToPath(new URL("../../../supervisor/assets/", import.meta.url));
const copy = fs.mkdtempSync(path.join(os.tmpdir(), "supervisor-modules-"));
process.on("exit", () => fs.rmSync(copy, { recursive: true, force: true }));
for (const name of fs.readdirSync(assets))
  if (name.endsWith(".js")) fs.copyFileSync(path.join(assets, name), path.join(copy, name));
fs.writeFileSync(path.join(copy, "package.json"), '{"type":"module"}');

/** Imports one of them by its file name. */
export function load(name) {
  return import(pathToFileURL(path.join(copy, name)).href);
}
