// Preparing a batch: choosing, dropping, the chain by keyboard and mouse, recipes, preview, names.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { chooseFolder, launch, open, start, state } from "./lib/browser.mjs";
import { fill, png } from "./lib/photos.mjs";
import { serve } from "./lib/server.mjs";

let browser, server;

before(async () => {
  server = await serve((root) => {
    fill(path.join(root, "wedding"), 4, 900, 600);
    fill(path.join(root, "clash"), 1, 60, 40);
    fill(path.join(root, "outputs"), 1, 60, 40);
    fs.mkdirSync(path.join(root, "empty"));
    fs.writeFileSync(path.join(root, "wedding", "a\u202Egnp.<b>.png"), png(60, 40));
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const titles = (page) => page.locator("#chain .what").allTextContents();

test("dropped files become a folder of photos and are processed", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  const data = await page.evaluateHandle(
    (bytes) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes)], "dropped-one.png", { type: "image/png" }));
      transfer.items.add(new File(["no picture"], "notes.txt", { type: "text/plain" }));
      return transfer;
    },
    [...png(80, 60)],
  );
  await page.dispatchEvent("body", "dragenter", { dataTransfer: data });
  assert.ok(await page.locator("#drop-veil").isVisible());
  await page.dispatchEvent("body", "drop", { dataTransfer: data });
  await page.locator(".toast.problem", { hasText: "notes.txt" }).waitFor();
  await page.locator("#source", { hasText: "1 photo" }).waitFor();
  await start(page);
  await state(page, "Finished");
  const folder = fs
    .readdirSync(server.root)
    .find((name) => name.startsWith("dropped ") && name.endsWith("-results"));
  assert.deepEqual(
    fs.readdirSync(path.join(server.root, folder)).filter((name) => !name.startsWith(".")),
    ["dropped-one.png"],
  );
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the chain is edited by keyboard alone", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await page.locator("#add-filter").focus();
  for (const name of ["sepia", "blur", "vignette"]) await page.locator("#add-filter").selectOption(name);
  assert.deepEqual(await titles(page), ["Sepia", "Blur", "Vignette"]);
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Vignette/);
  // From the title back over the switch to the grip.
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.deepEqual(await titles(page), ["Vignette", "Sepia", "Blur"]);
  await page.locator("#announcer", { hasText: "Vignette is now 1 of 3" }).waitFor({ state: "attached" });
  await page.keyboard.press("ArrowDown");
  assert.deepEqual(await titles(page), ["Sepia", "Vignette", "Blur"]);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  assert.equal(await page.locator(".filter-row.off .what").textContent(), "Vignette");
  const strength = page.locator(".filter-row.off").getByRole("spinbutton", { name: "Strength" });
  await strength.fill("0.25");
  await page.locator(".filter-row.off .values", { hasText: "0.25" }).waitFor();
  const slider = page.locator(".filter-row.off").getByRole("slider", { name: "Strength" });
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await strength.inputValue(), "0.26");
  await page.getByRole("button", { name: "Remove Sepia" }).focus();
  await page.keyboard.press("Enter");
  assert.deepEqual(await titles(page), ["Vignette", "Blur"]);
  assert.ok(
    await page.evaluate(() => document.activeElement !== document.body),
    "focus is lost with what was removed",
  );
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the chain is reordered by mouse", async () => {
  const { page, context } = await open(browser, server.url);
  for (const name of ["invert", "grayscale", "flip"]) await page.locator("#add-filter").selectOption(name);
  const from = await page.locator(".filter-row").nth(0).locator(".grip").boundingBox();
  const to = await page.locator(".filter-row").nth(2).boundingBox();
  await page.mouse.move(from.x + 5, from.y + 5);
  await page.mouse.down();
  await page.mouse.move(from.x + 5, to.y + to.height - 4, { steps: 12 });
  await page.mouse.up();
  assert.deepEqual(await titles(page), ["Grayscale", "Flip", "Invert"]);
  await context.close();
});

test("a mistake is shown at its filter, and nothing can be started with it", async () => {
  const { page, context } = await open(browser, server.url);
  await chooseFolder(page, "photos", "wedding");
  await page.locator("#start:not(:disabled)").waitFor();
  await page.locator("#add-filter").selectOption("blur");
  await page.getByRole("spinbutton", { name: "Radius" }).fill("900");
  await page.locator(".filter-row.wrong .filter-error", { hasText: "250" }).waitFor();
  assert.ok(await page.locator("#start").isDisabled());
  await page.getByRole("spinbutton", { name: "Radius" }).fill("3");
  await page.locator("#start:not(:disabled)").waitFor();
  assert.equal(await page.locator(".filter-row.wrong").count(), 0);
  await context.close();
});

test("without a folder for the results nothing can be started, and the page says so", async () => {
  const { page, context } = await open(browser, server.url);
  await chooseFolder(page, "photos", "wedding");
  await page.locator("#start:not(:disabled)").waitFor();
  await page.locator("#tab-names").click();
  await page.locator("#panel-names td").first().waitFor();
  const output = await page.locator("#output").inputValue();
  await page.locator("#output").fill("");
  const note = page.locator("#start-note", { hasText: "Choose a folder for the results." });
  await note.waitFor();
  assert.ok(await page.locator("#start").isDisabled());
  await page.locator("#panel-names", { hasText: "stand here before anything runs" }).waitFor();
  // Nor does it wait for ever after a mistake.
  await page.locator("#add-filter").selectOption("blur");
  await page.getByRole("spinbutton", { name: "Radius" }).fill("900");
  await page.locator(".filter-row.wrong").waitFor();
  await page.getByRole("spinbutton", { name: "Radius" }).fill("3");
  await page.locator(".filter-row.wrong").waitFor({ state: "detached" });
  await note.waitFor();
  await page.locator("#output").fill(output);
  await page.locator("#start:not(:disabled)").waitFor();
  await context.close();
});

test("the preview shows before and after, at full size too, and writes nothing", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await chooseFolder(page, "photos", "wedding");
  await page.locator("#add-filter").selectOption("invert");
  await page.locator(".look-bar .size", { hasText: "60 × 40" }).waitFor();
  await page.locator("button[aria-label='Next photo']").click();
  await page.locator(".look-bar .name", { hasText: "photo-001.png" }).waitFor();
  await page.locator(".look-bar .size", { hasText: "900 × 600" }).waitFor();
  const color = (side) =>
    page.evaluate(async (side) => {
      const image = document.querySelector(`.side.${side} img:not([hidden])`);
      await image.decode();
      const canvas = new OffscreenCanvas(1, 1);
      const context = canvas.getContext("2d");
      context.drawImage(image, 3, 3, 1, 1, 0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data];
    }, side);
  await page.waitForFunction(
    () =>
      document.querySelectorAll(".side img:not([hidden])").length === 2 &&
      document.querySelector(".before-after .busy").hidden,
  );
  const [pixel, inverted] = [await color("before"), await color("after")];
  for (const i of [0, 1, 2])
    assert.ok(Math.abs(255 - pixel[i] - inverted[i]) < 12, `${pixel} and ${inverted}`);
  const split = page.getByRole("slider", { name: "Border between before and after" });
  await split.focus();
  await page.keyboard.press("End");
  assert.equal(await split.getAttribute("aria-valuenow"), "100");
  await page.getByRole("button", { name: "100 %: full size" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".side img:not([hidden])").length === 4);
  assert.equal(
    fs.existsSync(path.join(server.root, "wedding-results")),
    false,
    "a preview was written to the output",
  );
  assert.deepEqual(complaints, []);
  await context.close();
});

test("collisions are seen before the run, in red, and keep it from starting", async () => {
  fs.copyFileSync(
    path.join(server.root, "clash", "photo-001.png"),
    path.join(server.root, "clash", "other.png"),
  );
  const { page, context } = await open(browser, server.url);
  await chooseFolder(page, "photos", "clash");
  await page.locator("#start:not(:disabled)").waitFor();
  await page.locator("details.more summary").click();
  await page.locator("#name").fill("same.{ext}");
  await page.locator("#format").selectOption("jpeg");
  await page.locator("#tab-names").click();
  await page.locator("tr.clash").nth(1).waitFor();
  assert.ok(await page.locator("#start").isDisabled());
  assert.match(await page.locator("#start-note").textContent(), /^1 name would be given to several photos/);
  await page.locator("#name").fill("{index}.{ext}");
  await page.locator("#start:not(:disabled)").waitFor();
  assert.equal(await page.locator("tr.clash").count(), 0);
  await context.close();
});

test("a long text in a filter takes no room from what stands beside it", async () => {
  for (const width of [1440, 360]) {
    const { page, context } = await open(browser, server.url, { viewport: { width, height: 800 } });
    await page.locator("#add-filter").selectOption("watermark");
    await page
      .getByLabel("Text", { exact: true })
      .fill("© Estudio Fotográfico Ana y Luis, todos los derechos reservados 2026");
    await page.locator("#chain .values", { hasText: "reservados" }).waitFor();
    const [page_, chain] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      /** @type {Element} */ (document.querySelector("#chain")).getBoundingClientRect().right,
    ]);
    assert.ok(page_ <= width && chain <= Math.min(width, 460), `${width}: ${page_}, ${chain}`);
    await context.close();
  }
});

test("names of strangers are text, and hidden characters are seen", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await chooseFolder(page, "photos", "wedding");
  await page.locator("#tab-names").click();
  await page.locator("#panel-names td", { hasText: "a\\u{202e}gnp.<b>.png" }).first().waitFor();
  assert.equal(await page.locator("#panel-names b").count(), 0);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("recipes are saved, used, exported as TOML and imported again", async () => {
  const { page, context } = await open(browser, server.url);
  await page.locator("#add-filter").selectOption("posterize");
  await page.locator("#format").selectOption("webp");
  await page.locator("#recipes-open").click();
  const dialog = page.locator("#dialog-recipes");
  await dialog.getByRole("textbox").fill("Flat <i>colours</i>");
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await dialog.locator("li", { hasText: "Flat <i>colours</i>" }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Save as TOML file" }).click(),
  ]);
  const toml = fs.readFileSync(await download.path(), "utf8");
  assert.match(toml, /name = "posterize"\nbits = 4/);
  assert.match(toml, /format = "webp"/);
  await page.reload();
  await page.locator("#recipes-open").click();
  await dialog.getByRole("button", { name: "Use recipe Flat <i>colours</i>" }).click();
  assert.deepEqual(await titles(page), ["Posterize"]);
  assert.equal(await page.locator("#format").inputValue(), "webp");
  await page.locator("#recipes-open").click();
  await dialog.locator("input[type=file]").setInputFiles({
    name: "mine.toml",
    mimeType: "application/toml",
    buffer: Buffer.from('[[filter]]\nname = "sepia"\nstrength = 2\n'),
  });
  await dialog.locator("[role=alert]", { hasText: "line 3" }).waitFor();
  await dialog.locator("input[type=file]").setInputFiles({
    name: "mine.toml",
    mimeType: "application/toml",
    buffer: Buffer.from('[[filter]]\nname = "sepia"\nstrength = 0.5\n'),
  });
  await dialog.waitFor({ state: "hidden" });
  assert.deepEqual(await titles(page), ["Sepia"]);
  // What the form has no field for comes back as it was.
  await page.locator("#recipes-open").click();
  const settings =
    '[output]\nformat = "jpeg"\nquality = 70\nmax_bytes = 500000\nsubsampling = "444"\n' +
    'progressive = false\neffort = "fast"\nlossless = false\nkeep_smaller = false\n' +
    'color = "keep"\nmetadata = "strip"\nraw = "embedded"\nraw_exposure = 0\n' +
    'hdr = "keep"\nbackground = "white"\n';
  await dialog
    .locator("input[type=file]")
    .setInputFiles({ name: "mine.toml", mimeType: "application/toml", buffer: Buffer.from(settings) });
  await dialog.waitFor({ state: "hidden" });
  await page.locator("#recipes-open").click();
  const [again] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Save as TOML file" }).click(),
  ]);
  assert.equal(fs.readFileSync(await again.path(), "utf8"), settings);
  // A file that is far too large is refused, and the connection is there as before.
  await dialog
    .locator("input[type=file]")
    .setInputFiles({ name: "large.toml", mimeType: "application/toml", buffer: Buffer.alloc(70_000, "#") });
  await dialog.locator("[role=alert]", { hasText: "at most 65.5 kB" }).waitFor();
  assert.ok(await page.locator("#connection-state").isHidden());
  await context.close();
});

test("a recipe with several outputs is shown, kept as it is through export, and run", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await page.locator("#recipes-open").click();
  const dialog = page.locator("#dialog-recipes");
  const toml =
    'name = "delivery"\ndescription = "for Ana"\n\n[[filter]]\nname = "invert"\n\n' +
    '[[output]]\nname = "web"\nformat = "webp"\nquality = 70\nmax_bytes = 500000\nsubsampling = "444"\n' +
    'progressive = false\neffort = "fast"\nlossless = false\nkeep_smaller = false\n' +
    'color = "keep"\nmetadata = "strip"\nraw = "develop"\nraw_exposure = 0\n' +
    'hdr = "keep"\nbackground = "white"\n\n' +
    '[[output.filter]]\nname = "flip"\ndirection = "horizontal"\n\n' +
    '[[output]]\nname = "print"\npath = "{output}-{stem}.{ext}"\nformat = "tiff"\nquality = 85\n' +
    'subsampling = "420"\n' +
    'progressive = false\neffort = "fast"\nlossless = false\nkeep_smaller = false\n' +
    'color = "srgb"\nmetadata = "keep"\nraw = "develop"\nraw_exposure = 0\nhdr = "keep"\n' +
    'background = "white"\n';
  await dialog
    .locator("input[type=file]")
    .setInputFiles({ name: "delivery.toml", mimeType: "application/toml", buffer: Buffer.from(toml) });
  await dialog.waitFor({ state: "hidden" });
  assert.deepEqual(await titles(page), ["Invert"]);
  assert.deepEqual(await page.locator("#outputs .name").allTextContents(), ["web", "print"]);
  await page.locator("#outputs", { hasText: "2 results of each photo" }).waitFor();
  await page.locator("#outputs li", { hasText: "WebP · Flip" }).waitFor();
  assert.ok(await page.locator("#format").isHidden(), "the form has fields for one output");
  await page.locator("#language").selectOption("es");
  await page.locator("#outputs", { hasText: "2 resultados de cada foto" }).waitFor();
  await page.locator("#language").selectOption("en");
  await page.locator("#recipes-open").click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Save as TOML file" }).click(),
  ]);
  assert.equal(fs.readFileSync(await download.path(), "utf8"), toml);
  await dialog.getByRole("button", { name: "Close" }).click();
  await chooseFolder(page, "photos", "outputs");
  await page.locator("#start:not(:disabled)").waitFor();
  await page.locator("#tab-names").click();
  await page.locator("#panel-names td", { hasText: "print-photo-001.tiff" }).first().waitFor();
  await start(page);
  await state(page, "Finished");
  const made = fs.readdirSync(path.join(server.root, "outputs-results"), { recursive: true });
  assert.deepEqual(made.filter((name) => /\.(webp|tiff?)$/.test(name)).sort(), [
    "print-photo-001.tiff",
    "web/photo-001.webp",
  ]);
  // Without its outputs the form has its say again.
  await page.locator("#go-prepare").click();
  await page.locator("#drop-outputs").click();
  assert.ok(await page.locator("#format").isVisible());
  assert.ok(await page.locator("#outputs").isHidden());
  await page.locator("#start:not(:disabled)").waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});
