/** Two whole hubs in this process: what passes beside their link reaches both nodes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { defaultConfig } from "../../runtime/config/config.js";
import type { RunningHub } from "../../runtime/hub/parts.js";
import { startHub } from "../../runtime/hub.js";
import { createDevelopmentHome } from "../../runtime/io/home/home-development.js";

const folders: string[] = [];
const running: RunningHub[] = [];

afterEach(async () => {
  for (const hub of running.splice(0)) await hub.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(dataDir = ""): Promise<RunningHub> {
  const hub = await startHub(
    defaultConfig({
      ...{ dataDir, mqttPort: 0, httpPort: 0, linkHost: "127.0.0.1", discovery: false },
      ...{ bluetooth: { enabled: false }, inference: { backend: "off" } },
    }),
    { emit: () => undefined },
  );
  running.push(hub);
  await vi.waitFor(() => expect(hub.status().linkPort).toBeDefined(), 10_000);
  return hub;
}

test("the pings beside a new link are answered, at both ends", async () => {
  const dirs = Array.from({ length: 2 }, () => mkdtempSync(join(tmpdir(), "mindos-datagrams-")));
  folders.push(...dirs);
  await createDevelopmentHome(dirs, { wallMs: Date.now(), lifeMs: 3_600_000 });
  const [accepting, dialling] = [await start(dirs[0]), await start(dirs[1])];
  const told = [accepting, dialling].map(({ mesh }) => vi.spyOn(mesh.node, "handle"));
  const addresses = [{ host: "127.0.0.1", port: accepting.status().linkPort ?? 0 }];
  dialling.mesh.found({ hub: accepting.mesh.node.self.hub, addresses });
  for (const inputs of told)
    await vi.waitFor(
      () =>
        expect(inputs.mock.calls.map(([input]) => input)).toContainEqual({
          ...{ type: "datagram", linkId: 1, isAnswer: true, isOver: false },
          number: expect.any(Number),
        }),
      10_000,
    );
});
