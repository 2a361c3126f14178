// The browser: Debian's Chromium (elsewhere Chrome), a fresh profile for each page, and every complaint of
// the page counted as a failure.

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const CHROMIUM = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(fs.existsSync);

/** Starts Chromium. As root, as in many a container, it does not run in its own sandbox. */
export function launch() {
  return chromium.launch({ executablePath: CHROMIUM, args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
}

/**
 * A page at the start URL, ready to be used. `complaints` gathers errors of scripts and of the content
 * policy.
 */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    colorScheme: "light",
    acceptDownloads: true,
    ...options,
  });
  // What takes far less, but machines differ: no test waits for this unless it fails.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // What the network answers is the page's own business, as with a photo that cannot be decoded.
    if (
      message.type() === "error" &&
      !message.text().startsWith("Failed to load resource") &&
      !message.text().startsWith("WebSocket connection")
    )
      complaints.push(message.text());
  });
  await page.goto(url);
  await page.locator("#add-filter option:nth-child(3)").waitFor({ state: "attached" });
  return { page, context, complaints };
}

/** Chooses a folder in the dialog, as a path of names below the roots. */
export async function chooseFolder(page, ...names) {
  await page.locator("#choose-folder").click();
  const dialog = page.locator("#dialog-folder");
  for (const name of names) await dialog.locator(".folder-list button", { hasText: name }).first().click();
  await dialog.locator(".primary:not(:disabled)").click();
  await dialog.waitFor({ state: "hidden" });
}

/** Starts what is prepared, and waits for the batch's view. */
export async function start(page) {
  await page.locator("#start:not(:disabled)").click();
  await page.locator("#view-batch .state-line").waitFor();
}

/** Waits for a state in words. */
export async function state(page, words) {
  await page.locator("#view-batch .state-line", { hasText: words }).waitFor({ timeout: 60_000 });
}

/** What axe-core finds against WCAG 2.2 AA and good practice. */
export async function accessible(page, where) {
  // Not as a script of the page, which its policy rightly refuses, but by the debugger.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  const found = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ""}`).join(", ")}`,
  );
  assert.deepEqual(found, [], `axe on ${where}`);
}
