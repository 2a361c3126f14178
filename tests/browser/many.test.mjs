// Ten thousand photos: the page stays small however many there are, and however far it is scrolled.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";

import { chooseFolder, launch, open, start, state } from "./lib/browser.mjs";
import { fill } from "./lib/photos.mjs";
import { serve } from "./lib/server.mjs";

const MANY = 10_000;
/**
 * Tiles in sight and a few rows around them, each with a dozen nodes; the rest of the page has its few
 * hundred.
 */
const NODES = 2500;
let browser, server;

before(async () => {
  server = await serve((root) => fill(path.join(root, "many"), MANY, 8, 6));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a grid of ten thousand photos scrolls, with a bounded number of nodes", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await chooseFolder(page, "photos", "many");
  await page.locator("#source", { hasText: "10,000 photos" }).waitFor();
  await start(page);
  await page.locator(".tile").first().waitFor();
  const nodes = () => page.evaluate(() => document.querySelectorAll("*").length);
  // While it runs and thousands of events arrive, and from end to end.
  for (let share = 0; share <= 1; share += 0.1) {
    await page.evaluate((share) => scrollTo(0, share * document.documentElement.scrollHeight), share);
    await page.evaluate(() => new Promise(requestAnimationFrame));
    const now = await nodes();
    assert.ok(now < NODES, `${now} nodes at ${share}`);
  }
  await page.locator(`.tile[aria-posinset="${MANY}"]`, { hasText: "photo-10000.png" }).waitFor();
  await page.locator(".tile").first().focus();
  await page.keyboard.press("Home");
  await page.locator('.tile[aria-posinset="1"]:focus', { hasText: "photo-00001.png" }).waitFor();
  await page.keyboard.press("End");
  await page.locator(`.tile[aria-posinset="${MANY}"]:focus`).waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await page.locator("[data-order=stop-now]:visible, #zip:visible").waitFor();
  // It may end by itself before the click arrives.
  await Promise.any([page.locator("[data-order=stop-now]").click(), page.locator("#zip").waitFor()]);
  await state(page, /Stopped|Finished/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the strip shows the photo that is looked at, be it the first", async () => {
  const { page, context } = await open(browser, server.url);
  await chooseFolder(page, "photos", "many");
  await page.locator(".strip button").nth(10).waitFor();
  const inSight = () =>
    page.evaluate(() => {
      const [strip, current] = [".strip", ".strip [aria-current=true]"].map((which) =>
        /** @type {Element} */ (document.querySelector(which)).getBoundingClientRect(),
      );
      return current.left >= strip.left && current.right <= strip.right;
    });
  assert.ok(await inSight());
  for (let i = 0; i < 12; i++) await page.locator("[data-step=next]").click();
  assert.ok(await inSight());
  await context.close();
});

test("every name can be looked at, however many there are", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await chooseFolder(page, "photos", "many");
  await page.locator("#start:not(:disabled)").waitFor();
  // The list of photos is known: from now on a plan brings fewer rows along.
  await page.locator("details.more summary").click();
  await page.locator("#name").fill("{dir}/again-{stem}.{ext}");
  await page.locator("#tab-names").click();
  await page.locator("#panel-names td", { hasText: "again-photo-00001.png" }).waitFor();
  const more = page.locator("#panel-names button");
  for (const left of ["9,800", "9,500", "7,500", "5,500"]) {
    await more.filter({ hasText: `${left} left` }).waitFor();
    await more.click();
  }
  await page.locator("#panel-names td", { hasText: "again-photo-06500.png" }).waitFor();
  await more.filter({ hasText: "3,500 left" }).waitFor();
  assert.equal(await page.locator("#panel-names tbody tr").count(), 6500);
  assert.deepEqual(complaints, []);
  await context.close();
});
