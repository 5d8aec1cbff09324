/** Backbones without a running hub: on a data folder, which is locked meanwhile. For the command line. */
import type { BackboneApi } from "../core/backbone.js";
import { BackboneList } from "../io/backbone/list.js";
import { openDataDir } from "../io/files/data-dir.js";

export interface FolderBackbones {
  readonly api: BackboneApi;
  close(): Promise<void>;
}

/** @throws MindosError DATA_DIR_IN_USE | DATA_DIR_UNUSABLE | BACKBONE_INVALID */
export async function openBackbones(path: string, onNote: (note: string) => void): Promise<FolderBackbones> {
  const dataDir = await openDataDir(path, { holder: "mindos backbone", onRepair: onNote });
  try {
    return { api: await BackboneList.open(dataDir.path, onNote), close: () => dataDir.close() };
  } catch (error) {
    await dataDir.close();
    throw error;
  }
}
