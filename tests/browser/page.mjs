// Opens the page in Chromium, and checks what only a browser can: that nothing is loaded, that no
// text of a ticket becomes markup, that filters and keys work, and that it is accessible.
//
//     node page.mjs SITE PICTURES MODULES

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [site, pictures, modules] = process.argv.slice(2).map((name) => path.resolve(name));
const require = createRequire(path.join(modules, "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const index = pathToFileURL(path.join(site, "index.html")).href;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"], // root has no sandbox in a container; the page is ours
});

/** Opens a page, and notes everything that it must not do. */
async function open(options = {}, address = index) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) faults.push(`request: ${request.url()}`);
  });
  await page.goto(address);
  return { page, context, faults };
}

async function close({ context, faults }) {
  assert.deepEqual(faults, []);
  await context.close();
}

const visible = (page) => page.locator(".changes > article:visible");

async function textStaysText() {
  const opened = await open();
  const { page } = opened;
  const foreign = "img, iframe, object, embed, video, form, base, link, math, style ~ style, script ~ script, body style";
  assert.equal(await page.locator(foreign).count(), 0);
  assert.equal(await page.locator("script").count(), 1);
  const handlers = await page.evaluate(() =>
    [...document.querySelectorAll("*")].flatMap((element) =>
      element.getAttributeNames().filter((name) => /^on|^style$|^autofocus$|^accesskey$/.test(name)),
    ),
  );
  assert.deepEqual(handlers, []);
  const schemes = await page.evaluate(() => [...new Set([...document.links].map((link) => new URL(link.href).protocol))].sort());
  assert.deepEqual(schemes, ["file:", "https:"]);
  assert.equal(await page.evaluate(() => window.attacked), undefined);
  const title = page.locator('[id="2026-11-25-hostile"] summary b').first();
  assert.match(await title.textContent(), /^<img src=x onerror=alert\(1\)> "><script>/);
  assert.equal(await page.evaluate(() => document.title), "shop: changes and releases");
  await close(opened);
}

async function filtersAndKeys() {
  const opened = await open();
  const { page } = opened;
  const all = await visible(page).count();
  assert.ok(all >= 9, `${all} tickets`);
  await page.keyboard.press("/");
  await page.keyboard.type("POOL connections");
  assert.equal(await visible(page).count(), 1);
  assert.equal(await page.getByRole("status").textContent(), `1 of ${all} tickets`);
  await page.keyboard.press("Escape");
  assert.equal(await visible(page).count(), all);
  await page.getByLabel("Risk").selectOption("high");
  assert.equal(await visible(page).count(), 1);
  await page.getByLabel("State").selectOption("open");
  assert.equal(await visible(page).count(), 0);
  await page.getByLabel("Risk").selectOption("");
  assert.ok((await visible(page).count()) > 0);

  // A link to a ticket that is filtered out shows and opens it.
  await page.evaluate(() => (location.hash = "2026-11-16-raise-pool"));
  const ticket = page.locator('[id="2026-11-16-raise-pool"]');
  await ticket.locator("h4").first().waitFor({ state: "visible" });

  // The next ticket is opened by keyboard.
  await ticket.locator("summary").focus();
  await page.keyboard.press("Enter");
  assert.equal(await ticket.locator("h4").first().isVisible(), false);
  await page.keyboard.press("Enter");
  assert.equal(await ticket.locator("h4").first().isVisible(), true);
  await close(opened);
}

async function policyForbidsScripts() {
  const { page, context } = await open();
  const blocked = await page.evaluate(async () => {
    const violations = [];
    document.addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
    const script = document.createElement("script");
    script.textContent = "window.attacked = 1";
    document.body.append(script);
    const style = document.createElement("style");
    style.textContent = "body { display: none }";
    document.body.append(style);
    const image = document.createElement("img");
    image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
    document.body.append(image);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { violations: violations.sort(), attacked: window.attacked };
  });
  assert.deepEqual(blocked, { violations: ["img-src", "script-src-elem", "style-src-elem"], attacked: undefined });
  await context.close();
}

async function worksWithoutScript() {
  const opened = await open({ javaScriptEnabled: false });
  const { page } = opened;
  assert.ok((await visible(page).count()) >= 9);
  assert.equal(await page.locator(".controls").isVisible(), false);
  await page.locator('[id="2026-11-16-raise-pool"] summary').click();
  assert.equal(await page.locator('[id="2026-11-16-raise-pool"] h4').first().isVisible(), true);
  await close(opened);
}

async function looksRight(name, options, media = {}) {
  const opened = await open(options);
  const { page } = opened;
  await page.emulateMedia(media);
  await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= options.viewport.width, `${name} is ${width} wide`);
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  const opened_width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(opened_width <= options.viewport.width, `${name} is ${opened_width} wide with its details`);
  if (media.media !== "print") {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run());
    const serious = violations
      .filter(({ impact }) => ["serious", "critical"].includes(impact))
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
    assert.deepEqual(serious, [], name);
  }
  await page.locator('[id="page:changes"]').screenshot({ path: path.join(pictures, `${name}-changes.png`) });
  await close(opened);
}

async function earlierYears() {
  const opened = await open();
  const { page } = opened;
  await page.getByRole("link", { name: "2024" }).click();
  assert.equal(await visible(page).count(), 1);
  await page.getByRole("link", { name: "The latest changes and releases" }).click();
  assert.equal(page.url(), index);
  await close(opened);
}

try {
  await textStaysText();
  await filtersAndKeys();
  await policyForbidsScripts();
  await worksWithoutScript();
  await earlierYears();
  const wide = { width: 1280, height: 900 };
  const narrow = { width: 390, height: 844 };
  await looksRight("1280-light", { viewport: wide, colorScheme: "light" });
  await looksRight("1280-dark", { viewport: wide, colorScheme: "dark" });
  await looksRight("390-light", { viewport: narrow, colorScheme: "light" });
  await looksRight("390-dark", { viewport: narrow, colorScheme: "dark" });
  await looksRight("print", { viewport: { width: 794, height: 1123 } }, { media: "print" });
  console.log("all checks of the page passed");
} finally {
  await browser.close();
}
