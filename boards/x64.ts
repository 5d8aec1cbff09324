import type { Board } from "../runtime/core/board.js";

export const board: Board = {
  id: "x64",
  title: "Any 64-bit PC",
  compatible: [],
  arch: "x64",
  memoryMiB: 2048,
  profile: "standard",
  bluetooth: false,
  tried: "run: every figure of the benches comes from x64",
};
