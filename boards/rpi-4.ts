import type { Board } from "../runtime/core/board.js";

export const board: Board = {
  id: "rpi-4",
  title: "Raspberry Pi 4B and 400",
  compatible: ["raspberrypi,4-model-b", "raspberrypi,400"],
  arch: "arm64",
  memoryMiB: 2048,
  profile: "standard",
  bluetooth: true,
  tried: "not tried",
};
