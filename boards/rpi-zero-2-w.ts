import type { Board } from "../runtime/core/board.js";

export const board: Board = {
  id: "rpi-zero-2-w",
  title: "Raspberry Pi Zero 2 W",
  compatible: ["raspberrypi,model-zero-2-w"],
  arch: "arm64",
  memoryMiB: 512,
  profile: "small",
  bluetooth: true,
  tried: "not tried",
};
