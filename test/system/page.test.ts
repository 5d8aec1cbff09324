/** The page in a real browser (Debian's Chromium), against the real HTTP server and a fake hub. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createCounters } from "../../runtime/core/counters.js";
import { type HttpHandle, startHttp } from "../../runtime/io/http/http.js";
import { buildPage } from "../../tools/build.js";
import { FakeHubApi, HUB_IDS } from "../fakes/fake-hub-api.js";
import { launchBrowser } from "./browser.js";

const TOKEN = "correct-horse-battery-staple";
const SCRIPT_BYTES_MAX = 110 * 1024;

const pageDir = mkdtempSync(join(tmpdir(), "mindos-page-"));
let browser: Browser;
let api: FakeHubApi;
let http: HttpHandle;
let stats: NodeJS.Timeout;
/** What the browser complained of: console errors, uncaught exceptions, breaches of the policy. */
let complaints: string[];

beforeAll(async () => {
  await buildPage(pageDir);
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  rmSync(pageDir, { recursive: true });
});

const start = (port = 0) =>
  startHttp({ host: "127.0.0.1", port, token: TOKEN, pageDir, api, counters: createCounters() });

beforeEach(async () => {
  api = new FakeHubApi();
  complaints = [];
  http = await start();
  stats = setInterval(() => api.emitStats(), 1000);
});

afterEach(async () => {
  clearInterval(stats);
  for (const context of browser.contexts()) await context.close();
  await http.stop();
});

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${http.url}?token=${TOKEN}`);
  await page.getByText("Connected", { exact: true }).waitFor();
  return page;
}

/** Whether the first sparkline has any pixel that is not transparent. */
const LINE_DRAWN = `(() => {
  const drawn = document.querySelector("article.sensor canvas");
  const copy = Object.assign(document.createElement("canvas"), { width: drawn.width, height: drawn.height });
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(drawn, 0, 0);
  return context.getImageData(0, 0, copy.width, copy.height).data.some(Boolean);
})()`;

const overflowPx = (page: Page) =>
  page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");

describe("the page", () => {
  test("opens with the token, which leaves the address bar", async () => {
    const page = await open();
    expect(page.url()).toBe(http.url);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Everything is as usual");
    expect(complaints).toEqual([]);
  });

  test("shows hubs, links, and sensors with values, units and lines", async () => {
    const page = await open();
    expect(await page.locator("svg.graph .hub").count()).toBe(3);
    expect(await page.locator("svg.graph .link").count()).toBe(3);
    expect(await page.locator("svg.graph .hub-self").getAttribute("data-hub")).toBe(HUB_IDS[0]);
    expect(await page.locator("article.sensor").count()).toBe(7);
    const mote = page.locator("article.sensor", { hasText: "Mote 1" });
    expect(await mote.locator(".value").first().textContent()).toMatch(/^2[78]\.\d°C$/);
    await expect.poll(() => page.evaluate(LINE_DRAWN), { timeout: 5000 }).toBe(true);
    expect(complaints).toEqual([]);
  });

  test("marks what is replayed, and only that", async () => {
    const page = await open();
    expect(await page.locator("header.top .badge-replay").count()).toBe(1);
    expect(await page.locator("article.sensor:has(.badge-replay) h3").allTextContents()).toEqual([
      "Mote 1",
      "Mote 2",
      "Mote 3",
      "Mote 4",
    ]);
  });

  test("answers a question, and tells what the answer rests on", async () => {
    const page = await open();
    await page.getByLabel("Your question").fill("Which room is the warmest?");
    await page.keyboard.press("Enter");
    const answer = page.locator(".answer").first();
    await answer.getByText("The outdoor place is the warmest").waitFor();
    expect(await answer.locator(".badge-replay").count()).toBe(1);
    expect(await answer.locator("summary").textContent()).toBe("3 hubs · 5 sensors · 100 % covered · 42 ms");
    await answer.locator("summary").click();
    expect(await answer.locator(".evidence-row").count()).toBe(5);
    expect(await answer.locator(".evidence-row").first().textContent()).toContain("2010");
    expect(complaints).toEqual([]);
  });

  test("says why a question was refused, and what may be asked", async () => {
    const page = await open();
    await page.getByLabel("Your question").fill("how many cats?");
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await page.getByText("Ask about a temperature, a humidity").waitFor();
  });

  test("greys a hub that dies, drops its links, and brings them back", async () => {
    const page = await open();
    const attic = page.locator(`.hub[data-hub="${HUB_IDS[2]}"]`);
    const place = await attic.getAttribute("transform");
    api.setHubState(2, "dead");
    await page.locator(`.hub-dead[data-hub="${HUB_IDS[2]}"]`).waitFor();
    await expect.poll(() => page.locator("svg.graph .link").count()).toBe(1);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("One hub is missing");
    api.setHubState(2, "alive");
    await expect.poll(() => page.locator("svg.graph .link").count()).toBe(3);
    expect(await attic.getAttribute("transform")).toBe(place);
  });

  test("tells at once of something unusual, aloud too, and when it is over", async () => {
    const page = await open();
    api.detect(0, "d1");
    await page.locator(".detection-ongoing", { hasText: "Mote 1" }).waitFor();
    expect(await page.locator("[aria-live=assertive]").textContent()).toContain("Mote 1");
    expect(await page.locator(".detection .badge-replay").count()).toBe(1);
    expect(await page.locator("article.sensor-unusual h3").textContent()).toBe("Mote 1");
    expect(await page.title()).toContain("Something is unusual");
    api.detect(0, "d1", { lastedMs: 45_000 });
    await page.getByText("for 45 s").waitFor();
    expect(await page.locator(".detection-ongoing").count()).toBe(0);
  });

  test("opens a sensor by keyboard, and Escape leads back to it", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Mote 1" }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Mote 1" });
    await dialog.waitFor();
    await dialog
      .getByText(/9 May 2010/)
      .first()
      .waitFor();
    expect(await dialog.locator("figure.history").count()).toBe(2);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Mote 1");
    expect(complaints).toEqual([]);
  });

  test("shows a sensor's name as text, whatever it is", async () => {
    api.nameOf = (name) => (name === "Back door" ? "<img src=x onerror=alert(1)>&amp;" : name);
    const page = await open();
    expect(await page.getByRole("button", { name: "<img src=x onerror=alert(1)>&amp;" }).count()).toBe(1);
    expect(await page.locator("article img").count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});

describe("a hub that goes away", () => {
  test("is said to be away, and is found again when it returns", async () => {
    const page = await open();
    await http.stop();
    await page.getByText("The connection to the hub is lost.").waitFor();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("The hub is out of reach");
    expect(await page.getByRole("button", { name: "Is anything unusual?" }).isDisabled()).toBe(true);
    http = await start(http.port);
    await page.getByText("Connected", { exact: true }).waitFor();
    expect(await page.getByText("The connection to the hub is lost.").count()).toBe(0);
  });

  test("and returns with another token asks for the new address", async () => {
    const page = await open();
    await http.stop();
    await page.getByText("Not connected").waitFor();
    http = await startHttp({
      host: "127.0.0.1",
      port: http.port,
      token: `${TOKEN}-new`,
      pageDir,
      api,
      counters: createCounters(),
    });
    await page.getByText("This page’s token is no longer valid.").waitFor();
  });
});

describe("an empty home", () => {
  test("is told what to do", async () => {
    api = new FakeHubApi({ empty: true });
    await http.stop();
    http = await start();
    const page = await open();
    await page.getByText("No sensors heard yet").waitFor();
    expect(await page.locator(".empty").textContent()).toContain("Bluetooth is not available: there is no D-Bus.");
    expect(await page.locator("#hubs").textContent()).toContain("This hub is alone");
    expect(await page.locator(".badge-replay").count()).toBe(0);
  });
});

test("a hub that cannot read what newer hubs sent says what to do", async () => {
  api = new FakeHubApi({ unread: 3 });
  await http.stop();
  http = await start();
  const page = await open();
  await page.getByText("3 messages from newer hubs wait here unread: update MindOS on this hub.").waitFor();
});

test("without a token there is a page that tells where to find it", async () => {
  const page = await (await browser.newContext()).newPage();
  const reply = await page.goto(http.url);
  expect(reply?.status()).toBe(401);
  await page.getByText("mindos status").waitFor();
  expect(await page.evaluate("getComputedStyle(document.querySelector('h1')).fontSize")).toBe("28px");
});

for (const width of [360, 768, 1440]) {
  test(`at ${width} px nothing reaches past the side, open or folded`, async () => {
    api.nameOf = (name) => (name === "Mote 2" ? "W".repeat(60) : name);
    const page = await open({ viewport: { width, height: 740 } });
    api.detect(0, "d1");
    await page.getByRole("button", { name: "Is anything unusual?" }).click();
    await page.locator(".answer summary").click();
    await page.locator(".detection summary").click();
    await page.locator(".engine > summary").click();
    expect(await overflowPx(page)).toBeLessThanOrEqual(0);
    await page.getByRole("button", { name: "Greenhouse Ruuvi", exact: true }).click();
    await page.getByRole("dialog").locator("canvas").first().waitFor();
    expect(await overflowPx(page)).toBeLessThanOrEqual(0);
    expect(
      await page.evaluate(
        "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('dialog'))",
      ),
    ).toBe(0);
  });
}

test("in the dark it is dark, and every text is still readable", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await open({ colorScheme });
    api.detect(0, `d-${colorScheme}`);
    await page.locator(".detection-ongoing").first().waitFor();
    const [ground, worst] = (await page.evaluate(CONTRAST)) as [number, { ratio: number; text: string }];
    if (colorScheme === "dark") expect(ground).toBeLessThan(0.05);
    else expect(ground).toBeGreaterThan(0.8);
    expect(worst.ratio, worst.text).toBeGreaterThanOrEqual(4.5);
  }
});

/** Luminance of the ground, and the text of least contrast (WCAG 2.1), stale and disabled ones aside. */
const CONTRAST = `(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const luminance = (colour) => rgba(colour).slice(0, 3).map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (rgba(c)[3] === 255) return c; } return "white"; };
  let worst = { ratio: 99, text: "" };
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || e.closest("svg, noscript, script, :disabled, .sensor-stale") || !e.checkVisibility()) continue;
    const [a, b] = [luminance(getComputedStyle(e).color), luminance(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < worst.ratio) worst = { ratio, text: e.textContent };
  }
  return [luminance(getComputedStyle(document.body).backgroundColor), worst];
})()`;

test("nothing moves for those who asked for that", async () => {
  const page = await open({ reducedMotion: "reduce" });
  api.detect(0, "d1");
  await page.locator(".detection-ongoing").waitFor();
  expect(await page.evaluate("document.getAnimations().length")).toBe(0);
});

test("the script that a visit begins with is small", () => {
  const bytes = (name: string) => gunzipSync(readFileSync(join(pageDir, name))).length;
  expect(bytes("page.js.gz") + bytes("chunk.js.gz")).toBeLessThanOrEqual(SCRIPT_BYTES_MAX);
});
