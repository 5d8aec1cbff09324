import type { Board } from "../runtime/core/board.js";

export const board: Board = {
  id: "rpi-5",
  title: "Raspberry Pi 5",
  compatible: ["raspberrypi,5-model-b"],
  arch: "arm64",
  memoryMiB: 2048,
  profile: "standard",
  bluetooth: true,
  tried: "not tried",
};
