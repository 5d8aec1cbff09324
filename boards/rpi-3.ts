import type { Board } from "../runtime/core/board.js";

export const board: Board = {
  id: "rpi-3",
  title: "Raspberry Pi 3B and 3B+",
  compatible: ["raspberrypi,3-model-b", "raspberrypi,3-model-b-plus"],
  arch: "arm64",
  memoryMiB: 1024,
  profile: "small",
  bluetooth: true,
  tried: "not tried",
};
