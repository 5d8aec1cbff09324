import { expect, test } from "vitest";
import type { HubId } from "../../runtime/core/ids.js";
import { LinkCodec } from "../../runtime/wire/link-codec.js";
import { RemoteMachine } from "../../tools/bench/mesh/day/remote-machine.js";

const PEER = "00112233445566778899aabbccddeeff" as HubId;

function linked(): { machine: RemoteMachine; hub: LinkCodec } {
  const machine = new RemoteMachine(() => 125);
  machine.handle({ type: "link-opened", linkId: 7, dialled: false, peer: PEER });
  return { machine, hub: new LinkCodec() };
}

test("what a hub in another process is told waits for the next step, as bytes and with its time", () => {
  const { machine, hub } = linked();
  const effects = machine.handle({
    ...{ type: "frame", linkId: 7 },
    heard: { form: "link", seq: 1, message: { type: "PING" } },
  });
  expect(effects).toEqual([]);
  const [opened, frame] = machine.takeInputs();
  expect(opened).toEqual({ atMs: 125, type: "opened", linkId: 7, dialled: false, peer: PEER });
  expect(frame).toMatchObject({ atMs: 125, type: "frame", linkId: 7 });
  const bytes = frame?.type === "frame" ? frame.bytes : new Uint8Array();
  expect(hub.decode(bytes)).toMatchObject({ form: "link", seq: 1, message: { type: "PING" } });
  expect(machine.takeInputs()).toEqual([]);
});

test("what it says is carried out with the next tick, once", () => {
  const { machine, hub } = linked();
  const bytes = hub.encode({ seq: 1, message: { type: "PING" } });
  machine.said([
    { type: "frame", linkId: 7, bytes },
    { type: "close", linkId: 7 },
  ]);
  expect(machine.handle({ type: "tick" })).toEqual([
    { type: "send", linkId: 7, seq: 1, message: { type: "PING" } },
    { type: "close", linkId: 7, reason: "closed" },
  ]);
  expect(machine.handle({ type: "tick" })).toEqual([]);
});

test("what it says on a link that has closed meanwhile goes nowhere", () => {
  const { machine, hub } = linked();
  machine.handle({ type: "link-closed", linkId: 7, reason: "gone" });
  machine.said([{ type: "frame", linkId: 7, bytes: hub.encode({ seq: 1, message: { type: "PING" } }) }]);
  expect(machine.handle({ type: "tick" })).toEqual([]);
});
