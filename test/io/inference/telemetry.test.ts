import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** The library's reporter leaves its files in the home folder and the temporary one before it speaks to anybody. */
test("the native runtime reports to nobody: it leaves nothing behind that a report would need", () => {
  const home = mkdtempSync(join(tmpdir(), "mindos-telemetry-"));
  try {
    const program = `
      import { readFileSync } from "node:fs";
      import { createNativeBackend } from "./runtime/io/inference/onnx-node.js";
      const backend = await createNativeBackend();
      const model = await backend.load("climate-anomaly", readFileSync("models/climate-anomaly/model.onnx"));
      await model.run(new Float32Array(29), 1);
      await backend.close();
    `;
    const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
    execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
      cwd: root,
      env: { ...env, HOME: home, XDG_CACHE_HOME: join(home, "cache"), TMPDIR: home },
    });
    // tsx keeps its own cache there.
    expect(readdirSync(home).filter((name) => !name.startsWith("tsx-") && name !== "node-compile-cache")).toEqual([]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
