// How the page looks and reads: both languages, both themes, a phone, and axe-core on every state that there
// is.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { accessible, chooseFolder, launch, open, start, state } from "./lib/browser.mjs";
import { damage, fill } from "./lib/photos.mjs";
import { serve } from "./lib/server.mjs";

let browser, server;

before(async () => {
  server = await serve((root) => {
    fill(path.join(root, "wedding"), 12, 300, 200);
    damage(path.join(root, "wedding", "scan-damaged.png"));
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const theme of ["light", "dark"]) {
  for (const [device, viewport] of Object.entries({
    desk: { width: 1280, height: 860 },
    phone: { width: 360, height: 740 },
  })) {
    test(`axe finds nothing: ${theme}, ${device}`, async () => {
      const { page, context, complaints } = await open(browser, server.url, {
        colorScheme: theme,
        viewport,
        reducedMotion: "reduce",
      });
      const narrow = async (where) => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= viewport.width, `${where} is ${wide} pixels wide`);
        await accessible(page, `${where}, ${theme}, ${device}`);
      };
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme);
      await narrow("the first screen");
      await page.locator("#go-batch").click();
      await narrow("no batches");
      await page.locator("#go-prepare").click();
      await page.locator("#choose-folder").click();
      await page.locator(".folder-list button").first().waitFor();
      await narrow("the folder dialog");
      await page.keyboard.press("Escape");
      await chooseFolder(page, "photos", "wedding");
      for (const name of ["watermark", "crop", "temperature", "border"])
        await page.locator("#add-filter").selectOption(name);
      const closed = page.locator(".filter-title[aria-expanded=false]");
      while ((await closed.count()) > 0) await closed.first().click();
      await page.locator("details.more summary").click();
      await page.waitForFunction(() => document.querySelectorAll(".side img:not([hidden])").length >= 2);
      await narrow("a chain with its preview");
      await page.locator("#tab-names").click();
      await narrow("the names");
      await page.locator("#recipes-open").click();
      await narrow("the recipes");
      await page.keyboard.press("Escape");
      await page.locator("#fresh").check();
      await start(page);
      await state(page, "Finished");
      // Tiles are there when they come into sight.
      await page.locator("#grid-title").scrollIntoViewIfNeeded();
      await page.locator(".tile img[src]").first().waitFor();
      await narrow("an ended batch");
      await page.locator("[data-filter=failed]").click();
      await page.locator(".tile.trouble").click();
      await page.locator("#dialog-image .facts").waitFor();
      await narrow("a failed photo");
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }
}

test("the language follows the browser, can be switched, and is remembered", async () => {
  const { page, context, complaints } = await open(browser, server.url, { locale: "es-MX" });
  assert.equal(await page.evaluate(() => document.documentElement.lang), "es");
  await page.locator("#start", { hasText: "Empezar" }).waitFor();
  await chooseFolder(page, "photos", "wedding");
  await page.locator("#add-filter").selectOption({ label: "Desenfoque" });
  await page.getByRole("spinbutton", { name: "Radio" }).waitFor();
  await page.locator("#source", { hasText: "13 fotos" }).waitFor();
  await page.locator("#language").selectOption("en");
  await page.locator("#start", { hasText: "Start" }).waitFor();
  await page.getByRole("spinbutton", { name: "Radius" }).waitFor();
  await page.reload();
  await page.locator("#start", { hasText: "Start" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the theme is switched and remembered", async () => {
  const { page, context } = await open(browser, server.url, { colorScheme: "dark" });
  const shade = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await shade();
  await page.locator("#theme").click();
  assert.notEqual(await shade(), dark);
  await page.reload();
  assert.notEqual(await shade(), dark);
  await context.close();
});

test("every text that the page's skeleton names exists", () => {
  const html = fs.readFileSync(new URL("../../supervisor/assets/index.html", import.meta.url), "utf8");
  const table = fs.readFileSync(new URL("../../supervisor/assets/texts.js", import.meta.url), "utf8");
  for (const [, key] of html.matchAll(/data-t(?:-label|-hint)?="([^"]+)"/g))
    assert.match(table, new RegExp(`^  ${key}: \\[`, "m"), key);
});
