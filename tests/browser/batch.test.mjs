// A batch as it runs and after it: progress, a killed worker, pause, stop, failures, retry, ZIP, reports, a
// page that comes and goes.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { chooseFolder, launch, open, start, state } from "./lib/browser.mjs";
import { damage, fill, png } from "./lib/photos.mjs";
import { kill, serve, workers } from "./lib/server.mjs";

let browser, server;

before(async () => {
  server = await serve((root) => {
    fill(path.join(root, "wedding"), 6, 200, 150);
    damage(path.join(root, "wedding", "damaged.png"));
    fill(path.join(root, "long"), 60, 1600, 1200);
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Long enough for somebody to interfere: a heavy filter on many photos. */
async function startLong(page) {
  // What is found there afterwards is this batch's own.
  fs.rmSync(path.join(server.root, "long-results"), { recursive: true, force: true });
  await chooseFolder(page, "photos", "long");
  await page.locator("#add-filter").selectOption("median");
  await page.getByRole("spinbutton", { name: "Radius" }).fill("5");
  await page.locator("details.more summary").click();
  await page.locator("#fresh").check();
  const lanes = Math.min(2, Number(await page.locator("#workers").getAttribute("max")));
  await page.locator("#workers").fill(String(lanes));
  await start(page);
  await state(page, "Running");
  await page.locator(".tile .icon-running").first().waitFor();
  await page
    .locator(".lane")
    .nth(lanes - 1)
    .waitFor();
  return lanes;
}

test("a folder is processed, a damaged photo is mended and retried, all is fetched as ZIP", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await chooseFolder(page, "photos", "wedding");
  await page.locator("#add-filter").selectOption("sepia");
  await start(page);
  await state(page, "Finished, 1 photo failed");
  await page.locator(".figure.first", { hasText: "7 / 7" }).waitFor();
  await page.locator("[data-filter=failed]").click();
  const failed = page.locator(".tile.trouble");
  await failed.first().waitFor();
  assert.equal(await page.locator(".tile").count(), 1);
  assert.equal(await failed.locator(".says").textContent(), "damaged.pngfailed");
  await failed.focus();
  await page.keyboard.press("Enter");
  const dialog = page.locator("#dialog-image");
  await dialog.locator("dd", { hasText: "cut off" }).waitFor();

  fs.writeFileSync(path.join(server.root, "wedding", "damaged.png"), png(200, 150, 3));
  await dialog.getByRole("button", { name: "Retry 1 failed photo" }).click();
  await page.locator(".figure.first", { hasText: "1 / 1" }).waitFor();
  await state(page, /^Finished(?!,)/);
  await page.locator("#retry").waitFor({ state: "detached" });
  // What was chosen for the batch before would show nothing here.
  await page.locator("[data-filter=all][aria-pressed=true]").waitFor();
  assert.equal(await page.locator(".tile").count(), 1);
  await page.locator("[data-filter=failed]").click();
  await page.getByText("No photo is among these.").waitFor();

  await page.locator(".chips button").last().click();
  await page.locator(".figure.first", { hasText: "7 / 7" }).waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#zip").click()]);
  const zip = fs.readFileSync(await download.path());
  assert.equal(zip.subarray(0, 2).toString(), "PK");
  for (let i = 1; i <= 6; i++)
    assert.ok(zip.includes(`photo-00${i}.png`), `photo ${i} is missing in the ZIP`);
  const report = await page.request.get(
    new URL(await page.getByRole("link", { name: "Report JSON" }).getAttribute("href"), server.url).href,
  );
  assert.equal((await report.json()).totals.images, 7);
  const [sheet] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("link", { name: "Report HTML" }).click(),
  ]);
  await sheet.waitForLoadState();
  assert.match(await sheet.locator("body").textContent(), /damaged\.png/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("workers killed from outside come back in their lanes, and their photos with them", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  const lanes = await startLong(page);
  // Among the server's children is also the one that makes previews: whichever it is, each lane loses its
  // worker once.
  kill(workers(server.pid));
  for (let lane = 0; lane < lanes; lane++)
    await page.locator(".lane .restarts").nth(lane).getByText("↻ 1").waitFor();
  await page
    .locator(".tally", { hasText: lanes === 1 ? "1 worker restart" : `${lanes} worker restarts` })
    .waitFor();
  assert.match(
    await page.locator(".lane .restarts[title]:not([title=''])").first().getAttribute("title"),
    /signal 9/,
  );
  await page.locator(".tally", { hasText: /\d recovered|[3-9] done|\d\d done/ }).waitFor();
  await page.locator("[data-order=stop-now]").click();
  await state(page, "Stopped");
  await page.locator(".tally", { hasText: /\d recovered/ }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("pause, resume, stop: what is said is what is kept", async () => {
  const { page, context } = await open(browser, server.url);
  const result = page.waitForRequest(
    (request) => request.url().includes("/thumbnail?") && request.url().includes("long-results"),
  );
  await startLong(page);
  await result;
  assert.match(
    await page.locator("#view-batch .state-line").textContent(),
    /^Running/,
    "results are only seen at the end",
  );
  // By keyboard: no button may take the focus away with it.
  await page.locator("#main:focus").waitFor();
  await page.locator("[data-order=pause]").focus();
  await page.keyboard.press("Enter");
  await page.locator("[data-order=resume]:focus").waitFor();
  await state(page, /^Paused/);
  // Tiles are drawn with the next frame.
  await page.waitForFunction(() => document.querySelector(".tile .icon-running") === null);
  const done = (await page.locator(".tally li").first().textContent()).match(/\d+/)[0];
  await page.keyboard.press("Enter");
  await page.locator("[data-order=pause]:focus").waitFor();
  await state(page, "Running");
  await page.locator("[data-order=stop]").click();
  await state(page, "Stopped");
  const results = fs
    .readdirSync(path.join(server.root, "long-results"))
    .filter((name) => name.endsWith(".png")).length;
  assert.ok(results >= Number(done), "finished results are gone after a stop");
  await page.locator(".tally", { hasText: "not run" }).waitFor();
  // What was not done is not counted as done, and can be gone on with.
  const ran = await page.locator(".tally li").first().textContent();
  assert.equal((await page.locator(".figure.first b").textContent()).split(" / ")[0], ran.match(/\d+/)[0]);
  await page
    .locator("#rest", { hasText: `Process the remaining ${60 - Number(ran.match(/\d+/)[0])} photos` })
    .waitFor();
  // A photo without a result has a picture before and none after.
  await page.locator("[data-filter=left]").click();
  await page.locator(".tile").first().click();
  await page.locator("#dialog-image .tag.before:visible").waitFor();
  assert.ok(await page.locator("#dialog-image .tag.after").isHidden());
  await context.close();
});

test("a batch outlives its page, and another page sees it as it is", async () => {
  const first = await open(browser, server.url);
  await startLong(first.page);
  await first.context.close();
  const second = await open(browser, server.url);
  await second.page.locator("#go-batch").click();
  await state(second.page, "Running");
  await second.page.locator("[data-order=stop-now]").click();
  await state(second.page, "Stopped");
  await second.context.close();
});
