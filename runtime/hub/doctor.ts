/** What `mindos doctor` asks of the rooms: radio, native libraries, models, page. Each looks, and changes nothing. */
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boards } from "../../boards/registry.gen.js";
import type { Board } from "../core/board.js";
import { createCounters } from "../core/counters.js";
import { MindosError, messageOf } from "../core/errors.js";
import type { Probe, ProbeResult } from "../core/tools.js";
import { systemClock } from "../io/clock.js";
import { findAssets } from "./assets.js";
import { findModels } from "./models.js";

export function doctorProbes(): readonly Probe[] {
  return [
    { id: "board", title: "Board", run: board },
    { id: "bluetooth", title: "Bluetooth", run: bluetooth },
    { id: "store", title: "Store", run: store },
    { id: "inference", title: "Native inference", run: nativeInference },
    { id: "models", title: "Models", run: models },
    { id: "page", title: "Web page", run: page },
  ];
}

/** Which of the boards that this project knows; the device tree says so, where there is one. */
async function board(): Promise<ProbeResult> {
  const compatible = await readFile("/proc/device-tree/compatible", "utf8").catch(() => "");
  const names = compatible.split("\0");
  const known: readonly Board[] = boards;
  const found = known.find((each) => each.compatible.some((name) => names.includes(name)));
  const sameArch = found ?? known.find((each) => each.compatible.length === 0 && each.arch === process.arch);
  if (sameArch) return { state: "ok", found: `${sameArch.title} (${sameArch.tried})` };
  const remedy = "It may well run; nobody has tried. With 512 MB of memory use --profile small.";
  return { state: "warn", found: `${names[0] || process.arch}: not a board that is known here`, remedy };
}

/** Without a radio a hub still routes, infers and answers: a warning. */
async function bluetooth(): Promise<ProbeResult> {
  const { createBluezSource } = await import("../../firmware-bridge/ble/bluez-source.js");
  const source = createBluezSource({ clock: systemClock, counters: createCounters() });
  try {
    await source.start(() => undefined);
    return { state: "ok", found: "BlueZ listens" };
  } catch (error) {
    return { state: "warn", ...told(error) };
  } finally {
    await source.stop();
  }
}

async function store(): Promise<ProbeResult> {
  const folder = await mkdtemp(join(tmpdir(), "mindos-doctor-"));
  try {
    const { openStore } = await import("../io/store/store.js");
    const opened = await openStore(join(folder, "store"));
    await opened.write([{ type: "put", key: "doctor", value: new Uint8Array([1]) }], { durable: true });
    const value = await opened.get("doctor");
    await opened.close();
    return value?.[0] === 1
      ? { state: "ok", found: "opens, writes and reads" }
      : { state: "fail", found: "does not read what it wrote", remedy: "Check this machine's disk." };
  } catch (error) {
    return { state: "fail", ...told(error) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function nativeInference(): Promise<ProbeResult> {
  try {
    const { createNativeBackend } = await import("../io/inference/onnx-node.js");
    await (await createNativeBackend()).close();
    return { state: "ok", found: `onnxruntime-node loads on ${process.platform}-${process.arch}` };
  } catch (error) {
    const remedy = "None is needed: WebAssembly is used instead, or a neighbour's hub.";
    return {
      state: "warn",
      found: `no native binary for ${process.platform}-${process.arch}: ${messageOf(error).split("\n")[0]}`,
      remedy,
    };
  }
}

async function models(): Promise<ProbeResult> {
  const { manifests, problems } = await findModels(findAssets().modelsDir);
  const [problem] = problems;
  if (problem) return { state: manifests.length > 0 ? "warn" : "fail", ...told(problem) };
  return { state: "ok", found: manifests.map(({ id, version }) => `${id} ${version}`).join(", ") };
}

async function page(): Promise<ProbeResult> {
  const { inferenceChild, pageDir } = findAssets();
  try {
    await Promise.all([access(join(pageDir, "index.html")), access(inferenceChild)]);
    return { state: "ok", found: "built" };
  } catch {
    return { state: "warn", found: `${pageDir} is not there`, remedy: "Run `npm run build`." };
  }
}

function told(error: unknown): { found: string; remedy: string } {
  if (error instanceof MindosError) return { found: error.message, remedy: error.remedy };
  return { found: messageOf(error), remedy: "Run `npm ci` in the project's folder." };
}
