import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openStore } from "../../../runtime/io/store/store.js";
import { describeStoreContract } from "../../contract/store.js";
import { createMemoryStore } from "../../fakes/memory-store.js";

const root = mkdtempSync(join(tmpdir(), "mindos-store-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

describeStoreContract("the LevelDB store", () => openStore(join(root, String(count++))));
describeStoreContract("the memory store", async () => createMemoryStore());
