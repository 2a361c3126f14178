// The program under test: `supervisor serve` on a folder of its own, as a user starts it.

import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";

const target =
  process.env.CARGO_TARGET_DIR ??
  path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../../../target");
export const binary = process.env.SUPERVISOR ?? path.join(target, "debug/supervisor");

/** Starts a server; `prepare` fills its root, the folder `photos`. */
export async function serve(prepare) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "supervisor-page-"));
  const root = path.join(home, "photos");
  fs.mkdirSync(root);
  prepare(root);
  const child = spawn(binary, ["serve", "--port", "0", "--root", root], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const url = await new Promise((resolve, reject) => {
    readline
      .createInterface({ input: child.stdout })
      .on("line", (line) => line.startsWith("http://") && resolve(line.trim()));
    gone.then((code) => reject(new Error(`supervisor serve ended with ${code}`)));
  });
  return {
    root,
    url,
    pid: child.pid,
    async stop() {
      child.kill("SIGINT");
      await gone;
      fs.rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The workers of a server: the processes whose parent it is, by what the kernel says. */
export function workers(server) {
  const processes = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return processes.map(Number).filter((pid) => parent(pid) === server);
}

/** Kills workers. One that looked into photos for their names may have ended meanwhile. */
export function kill(workers) {
  for (const worker of workers) {
    try {
      process.kill(worker, "SIGKILL");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }
}

/** The parent of a process, or nothing where the process has ended meanwhile. */
function parent(pid) {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ESRCH") return undefined;
    throw error;
  }
}
