/** The page's mesh, invitations and replays in a real browser: with fakes behind it, and with three real hubs. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { defaultConfig } from "../../runtime/config/config.js";
import { createCounters } from "../../runtime/core/counters.js";
import type { LocalApi } from "../../runtime/core/status.js";
import { startHub } from "../../runtime/hub.js";
import { createDevelopmentHome } from "../../runtime/io/home/home-development.js";
import { type HttpHandle, startHttp } from "../../runtime/io/http/http.js";
import { buildPage } from "../../tools/build.js";
import { chainOfFive, headOf, line } from "../dashboard/recordings.js";
import { FakeAdmissionApi } from "../fakes/fake-admission.js";
import { FakeHubApi, HUB_IDS } from "../fakes/fake-hub-api.js";
import { hubIdOf, manyCells, manyHubs } from "../fakes/fake-mesh.js";
import { launchBrowser } from "./browser.js";

const TOKEN = "correct-horse-battery-staple";
const folder = mkdtempSync(join(tmpdir(), "mindos-mesh-page-"));
const pageDir = join(folder, "page");
let browser: Browser;
let complaints: string[];
/** What a test has opened, closed in reverse. */
const opened: (() => unknown)[] = [];

beforeAll(async () => {
  await buildPage(pageDir);
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

afterEach(async () => {
  for (let close = opened.pop(); close !== undefined; close = opened.pop()) await close();
});

async function open(api: LocalApi, hash = ""): Promise<Page> {
  const http: HttpHandle = await startHttp({
    ...{ host: "127.0.0.1", port: 0, token: TOKEN, pageDir, api, counters: createCounters() },
  });
  opened.push(() => http.stop());
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  opened.push(() => context.close());
  const page = await context.newPage();
  complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${http.url}?token=${TOKEN}${hash}`);
  await page.getByText("Connected", { exact: true }).waitFor();
  return page;
}

describe("the mesh on the page", () => {
  test("a click on a hub tells of it and draws the way; another one takes it back", async () => {
    const page = await open(new FakeHubApi());
    const attic = page.locator(`svg.graph .hub[data-hub="${HUB_IDS[2]}"]`);
    await attic.click();
    await page.locator("#selected-hub", { hasText: "attic" }).waitFor();
    expect(await page.locator("#selected-hub").textContent()).toContain("waydirect, metric 17");
    expect(await page.locator(".route .route-way").count()).toBe(1);
    await attic.click();
    expect(await page.locator("#selected-hub").count()).toBe(0);
    await page.getByRole("button", { name: "kitchen" }).press("Enter");
    await page.locator("#selected-hub", { hasText: "kitchen" }).waitFor();
    expect(complaints).toEqual([]);
  });

  test("events appear as they happen, in plain words", async () => {
    const api = new FakeHubApi();
    const page = await open(api);
    api.emit({ event: "hub-state", hub: HUB_IDS[1], state: "suspect" });
    api.emit({ event: "mesh-cut", hubs: [...HUB_IDS] });
    await page.locator(".ticker li", { hasText: "kitchen is in doubt" }).waitFor();
    expect(await page.locator(".ticker li").first().textContent()).toContain("3 hubs lost at once");
  });

  test("of several cells is shown in groups, larger when asked, within the page at any width", async () => {
    const page = await open(new FakeHubApi({ mesh: manyCells(manyHubs(40)) }));
    await page.getByRole("link", { name: "Larger" }).click();
    await page.locator(".view-mesh svg.graph .cell-own").waitFor();
    expect(await page.locator("svg.graph .cell").count()).toBe(11);
    expect(await page.locator("svg.graph .hub").count()).toBe(43);
    expect(await page.locator("svg.graph .hub-suspect").count()).toBe(1);
    await page.locator(`svg.graph .cell[data-cell="${hubIdOf(5003)}"]`).click();
    await page.locator("#selected-hub", { hasText: "29 hubs" }).waitFor();
    expect(await page.locator(".route .route-open").count()).toBe(1);
    for (const width of [360, 1440]) {
      await page.setViewportSize({ width, height: 740 });
      expect(
        await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"),
      ).toBeLessThanOrEqual(0);
    }
    await page.getByRole("link", { name: "Smaller" }).click();
    await page.getByLabel("Your question").waitFor();
    expect(complaints).toEqual([]);
  });
});

describe("the home on the page", () => {
  test("an owner invites: a QR code, three words, then six digits that match", async () => {
    const admission = new FakeAdmissionApi({});
    const page = await open(new FakeHubApi({ admission }));
    await page.getByRole("button", { name: "Invite a hub" }).click();
    await page.locator("svg.qr path").waitFor();
    await page.getByText("mindos join harbour-violin-maple").waitFor();
    await page.getByText("for 10 minutes").waitFor();
    admission.arrive("<b>attic</b>");
    await page.getByText("<b>attic</b> wants to join.").waitFor();
    expect(await page.locator("#home").textContent()).not.toMatch(/004 ?711/);
    await page.getByLabel("Type the six digits").fill("004 711");
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByText("The digits are right. Now say yes at <b>attic</b>.").waitFor();
    admission.grant();
    await page.getByText("<b>attic</b> is in the home now.").waitFor();
    expect(complaints).toEqual([]);
  });

  test("a page that is loaded anew shows the invitation that is open, and takes it back", async () => {
    const admission = new FakeAdmissionApi({});
    const page = await open(new FakeHubApi({ admission }));
    await page.getByRole("button", { name: "Invite a hub" }).click();
    await page.locator("svg.qr path").waitFor();
    await page.reload();
    await page.locator("svg.qr path").waitFor();
    await page.getByText("mindos join harbour-violin-maple").waitFor();
    await page.getByText(/until \d\d:\d\d/).waitFor();
    admission.arrive("attic");
    await page.getByLabel("Type the six digits").waitFor();
    await page.reload();
    await page.getByLabel("Type the six digits").waitFor();
    await page.getByRole("button", { name: "Take it back" }).click();
    await page.getByRole("button", { name: "Invite a hub" }).waitFor();
    expect(admission.invitation().state).toBe("over");
    expect(complaints).toEqual([]);
  });

  test("an invitation that is opened in a terminal appears by itself", async () => {
    const admission = new FakeAdmissionApi({});
    const api = new FakeHubApi({ admission });
    const page = await open(api);
    await page.getByRole("button", { name: "Invite a hub" }).waitFor();
    await admission.invite("member", 10);
    api.emit({ event: "invitations", open: 1 });
    await page.getByText("mindos join harbour-violin-maple").waitFor();
    expect(complaints).toEqual([]);
  });

  test("digits that differ end the invitation", async () => {
    const admission = new FakeAdmissionApi({ root: true });
    const page = await open(new FakeHubApi({ admission }));
    await page.getByRole("button", { name: "Invite a hub" }).click();
    await page.getByRole("button", { name: "As an owner" }).click();
    await page.locator("svg.qr").waitFor();
    expect(admission.invitation().role).toBe("owner");
    admission.arrive("stranger");
    await page.getByLabel("Type the six digits").fill("004 712");
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByRole("alert").getByText("the digits differ.").waitFor();
    await page.getByText("This invitation is over.").waitFor();
  });

  test("a hub without a home makes one, or joins one", async () => {
    const page = await open(new FakeHubApi({ admission: new FakeAdmissionApi() }));
    await page.getByRole("button", { name: "Make a home" }).click();
    await page.getByLabel("What the home is called").fill("Villa");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Villa" }).waitFor();

    const admission = new FakeAdmissionApi();
    const other = await open(new FakeHubApi({ admission }));
    await other.getByRole("button", { name: "Join with a code" }).click();
    await other.getByLabel("Three words").fill("harbour-violin-maple");
    await other.getByRole("button", { name: "Join", exact: true }).click();
    await other.getByText("The home is called Rosenhof.").waitFor();
    await other.reload();
    await other.getByText("Does it say that they are right?").waitFor();
    expect(await other.locator(".digits").textContent()).toBe("004 711");
    await other.getByRole("button", { name: "Yes, join" }).click();
    await other.getByText("Waiting for the hub that invites").waitFor();
    await other.reload();
    await other.getByText("Waiting for the hub that invites").waitFor();
    admission.settle("joined");
    await other.getByText("This hub is in Rosenhof now.").waitFor();
  });

  test("a join that was refused while no page was open is told once", async () => {
    const admission = new FakeAdmissionApi();
    await admission.beginJoining("harbour-violin-maple");
    admission.settle("refused");
    const page = await open(new FakeHubApi({ admission }));
    await page.getByText("It did not come about").waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Join with a code" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Join with a code" }).waitFor();
    expect(admission.joining()).toBeUndefined();
  });

  test("says what is wrong with a code, and what to do", async () => {
    const page = await open(new FakeHubApi({ admission: new FakeAdmissionApi() }));
    await page.getByRole("button", { name: "Join with a code" }).click();
    await page.getByLabel("Three words").fill("nonsense");
    await page.getByRole("button", { name: "Join", exact: true }).click();
    await page.getByRole("alert").getByText("these are not three words.").waitFor();
  });
});

describe("a replay", () => {
  const seek = (page: Page, timeMs: number) =>
    page.evaluate(`(() => {
      const slider = document.querySelector(".replay-slider");
      slider.value = ${timeMs};
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    })()`);
  const counter = (page: Page, name: string) =>
    page.locator(".replay-figures > div", { hasText: name }).locator("dd").textContent();

  test("shows a recording at any of its times", async () => {
    const file = join(folder, "chain.ndjson");
    writeFileSync(file, chainOfFive());
    const page = await open(new FakeHubApi(), "#replay");
    await page.goto(`${page.url().split("#")[0]}#replay`);
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByText("scene · made-up · 5 hubs · seed 7").waitFor();
    await page.getByRole("button", { name: "Play" }).waitFor({ timeout: 10_000 });
    expect(await counter(page, "alive")).toBe("5");
    await seek(page, 600);
    await expect.poll(() => counter(page, "alive")).toBe("4");
    expect(await counter(page, "in touch")).toBe("2");
    await page.locator(".log li", { hasText: "1 hub is killed" }).waitFor();
    await seek(page, 50);
    await expect.poll(() => counter(page, "links")).toBe("0");
    expect(complaints).toEqual([]);
  });

  test("says when a recording is cut off, and plays what there is", async () => {
    const file = join(folder, "cut.ndjson");
    writeFileSync(file, chainOfFive().slice(0, -80));
    const page = await open(new FakeHubApi());
    await page.goto(`${page.url()}#replay`);
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByRole("alert").getByText("cut off after 0.8 s of 1.0 s").waitFor();
    await page.getByRole("button", { name: "Play" }).waitFor({ timeout: 10_000 });
    expect(complaints).toEqual([]);
  });

  test("says what is wrong with a file", async () => {
    const file = join(folder, "broken.ndjson");
    writeFileSync(file, headOf(2) + line({ t: 1, e: "hub", h: 2, s: "running" }));
    const page = await open(new FakeHubApi());
    await page.goto(`${page.url()}#replay`);
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByRole("alert").getByText('Line 2: "h" is no hub of this recording.').waitFor();
  });

  test("of 1,700 hubs runs at 20 pictures a second or more", async () => {
    const file = join(folder, "city.ndjson");
    writeFileSync(file, city(1_700));
    const page = await open(new FakeHubApi());
    await page.goto(`${page.url()}#replay`);
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByRole("button", { name: "Pause" }).waitFor({ timeout: 20_000 });
    await page.locator("select").selectOption("10");
    expect(await page.evaluate(PICTURE_MS)).toBeLessThan(50);
  });
});

/** Median time from one picture to the next. Unit: ms. */
const PICTURE_MS = `new Promise((resolve) => {
  const times = [];
  const next = () => requestAnimationFrame((startMs) => {
    times.push(startMs);
    times.length < 60 ? next() : resolve(times.slice(1).map((at, index) => at - times[index]).sort((a, b) => a - b)[30]);
  });
  next();
})`;

/** Everybody starts, links with five others, and changes state, place and reputation all the time. */
function city(hubs: number): string {
  const side = Math.ceil(Math.sqrt(hubs));
  const places = Array.from({ length: hubs }, (_, at) => ({ id: hubIdOf(at), x: at % side, y: Math.floor(at / side) }));
  const lines = [headOf(hubs, { hubs: places, edges: [], endMs: 60_000 })];
  for (let h = 0; h < hubs; h++) {
    lines.push(line({ t: 0, e: "hub", h, s: "running" }), line({ t: 0, e: "place", h, in: [h - (h % 40)] }));
    for (const step of [1, 2, side, side + 1, 7]) lines.push(line({ t: 0, e: "up", a: h, b: (h + step) % hubs }));
  }
  for (let at = 0; at < 60_000; at++) {
    const h = (at * 7_919) % hubs;
    const held = { e: "held", h, of: (h + 1) % hubs, s: at % 3 === 0 ? "suspect" : "alive" };
    lines.push(line({ t: at, ...(at % 5 === 0 ? { e: "hub", h, s: at % 2 === 0 ? "running" : "killed" } : held) }));
  }
  lines.push(line({ t: 60_000, e: "end" }));
  return lines.join("");
}

test("three real hubs that are linked are shown linked", async () => {
  const dirs = [0, 1, 2].map((at) => join(folder, `hub-${at}`));
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  await createDevelopmentHome(dirs, { wallMs: Date.now(), lifeMs: 3_600_000 });
  const hubs = [];
  let peers: readonly string[] = [];
  for (const dataDir of dirs) {
    const config = defaultConfig({
      ...{ dataDir, mqttPort: 0, httpPort: 0, linkHost: "127.0.0.1", discovery: false, peers },
      ...{ bluetooth: { enabled: false }, inference: { backend: "off" } },
    });
    const hub = await startHub(config, { emit: () => undefined });
    opened.push(() => hub.stop());
    hubs.push(hub);
    await expect.poll(() => hub.status().linkPort, { timeout: 20_000 }).toBeDefined();
    peers = [`127.0.0.1:${hubs[0]?.status().linkPort}`];
  }
  const [first] = hubs;
  if (first === undefined) throw new Error("no hub");
  await expect.poll(() => first.meshApi.status().links.length, { timeout: 20_000 }).toBe(2);
  expect(await first.meshApi.ping(hubs[2]!.status().hub, 2_000)).toMatchObject({ hops: 0 });
  const page = await open(first);
  await expect.poll(() => page.locator("svg.graph .hub").count(), { timeout: 10_000 }).toBe(3);
  await expect.poll(() => page.locator("svg.graph .link").count(), { timeout: 20_000 }).toBe(3);
  expect(await page.locator("#hubs .card-note").first().textContent()).toContain("2 direct links");
  await page.getByRole("button", { name: "Invite a hub" }).waitFor();
});
