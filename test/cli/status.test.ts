import { expect, test } from "vitest";
import { describeStatus } from "../../runtime/cli/commands/status.js";
import { FakeHubApi } from "../fakes/fake-hub-api.js";

const LOOK = { columns: 100, verbose: false };
const address = { url: "http://127.0.0.1:8480", token: "t", name: "cellar" };

test("messages that only a later version can read are told with what to do", () => {
  const says = (unread?: number) => describeStatus({ ...new FakeHubApi().status(), unread }, address, LOOK);
  expect(says(2)).toContain("  problem    2 messages from newer hubs wait here unread: update MindOS on this hub.\n");
  expect(says()).not.toContain("unread");
});
