// The screenshots of the page for the docs: node screenshots.mjs PHOTOS DIR

import fs from "node:fs";
import path from "node:path";

import { chooseFolder, launch, open, start, state } from "./lib/browser.mjs";
import { serve, workers } from "./lib/server.mjs";

const [photos, target] = process.argv.slice(2);
fs.mkdirSync(target, { recursive: true });

const server = await serve((root) => {
  const folder = path.join(root, "wedding");
  fs.mkdirSync(folder);
  // Photographs first, drawn ones last; named as a camera does.
  const drawn =
    /Flow|Honeywave|Shell|Volna|Pastel|Safe|Grey|summer|lxqt|ukui|Aqua|Wood|abstract|Desktop|desktop/;
  const names = fs
    .readdirSync(photos)
    .filter((name) => name.endsWith(".jpg") && !drawn.test(name))
    .sort();
  for (const [i, name] of names.entries())
    fs.copyFileSync(path.join(photos, name), path.join(folder, `DSC_${2001 + i}.jpg`));
  const broken = path.join(folder, "DSC_2008.jpg");
  fs.truncateSync(broken, fs.statSync(broken).size / 2);
});
const browser = await launch();

/** A small file: the page as JPEG. */
const shoot = (page, name) =>
  page.screenshot({ path: path.join(target, `${name}.jpg`), type: "jpeg", quality: 82 });

const settled = async (page) => {
  await page.waitForFunction(
    () =>
      document.querySelectorAll(".side img:not([hidden])").length >= 2 &&
      document.querySelector(".before-after .busy").hidden,
  );
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".strip img")].slice(0, 10).every((image) => image.complete),
  );
};

/** The wedding folder with a chain, at a photo that shows what it does. */
async function prepared(page, filters, steps) {
  await chooseFolder(page, "photos", "wedding");
  for (const name of filters) await page.locator("#add-filter").selectOption(name);
  await page.locator(".strip button").first().waitFor();
  for (let i = 0; i < steps; i++) await page.locator("[data-step=next]").click();
  await page.waitForTimeout(600);
  await settled(page);
}

{
  const { page, context } = await open(browser, server.url, { deviceScaleFactor: 1 });
  await prepared(page, ["resize", "vignette", "exposure"], 12);
  await shoot(page, "light");
  await context.close();
}
{
  const { page, context } = await open(browser, server.url, { colorScheme: "dark" });
  // Slow enough to be caught at it.
  await prepared(page, ["median"], 0);
  await page.getByRole("spinbutton", { name: "Radius" }).fill("12");
  await start(page);
  await page.locator(".tally", { hasText: /[3-9] done/ }).waitFor();
  const [victim] = workers(server.pid);
  if (victim) process.kill(victim, "SIGKILL");
  await page.locator(".lane .restarts", { hasText: "1" }).first().waitFor();
  await page.locator(".figure.first", { hasText: /(9|1\d) \// }).waitFor();
  await page.waitForTimeout(300);
  await shoot(page, "dark");
  await state(page, "Finished");
  await context.close();
}
{
  const { page, context } = await open(browser, server.url, { locale: "es-ES" });
  await page.locator("#go-batch").click();
  await page.locator("[data-filter=failed]").click();
  await page.locator(".tile.trouble").click();
  await page.locator("#dialog-image .facts").waitFor();
  await page.waitForTimeout(500);
  await shoot(page, "spanish");
  await context.close();
}
{
  const { page, context } = await open(browser, server.url, {
    viewport: { width: 360, height: 740 },
    deviceScaleFactor: 2,
  });
  await prepared(page, ["sepia"], 1);
  await page.evaluate(() => scrollTo(0, 190));
  await page.waitForTimeout(300);
  await shoot(page, "phone");
  await context.close();
}
await browser.close();
await server.stop();
