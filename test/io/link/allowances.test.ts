import { expect, test } from "vitest";
import { Allowances, networkOf } from "../../../runtime/io/link/allowances.js";

const LIMITS = { burst: 2, perSecond: 1, addressesMax: 4 };

test.each([
  ["192.168.1.20", "192.168.1.20"],
  ["::ffff:192.168.1.20", "192.168.1.20"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::6", "2001:db8:1:2::/64"],
  ["2001:db8::6", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
])("%s is of the network %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("a host with a whole /64 has one allowance, which time fills again", () => {
  const allowances = new Allowances(LIMITS);
  const outcomes = ["2001:db8::1", "2001:db8::2", "2001:db8::3"].map((address) => allowances.spend(address, 1, 0));
  expect(outcomes).toEqual([true, true, false]);
  expect(allowances.spend("2001:db8::4", 1, 1_000)).toBe(true);
});

test("a member's address has an allowance of its own, whatever its neighbours spend", () => {
  const allowances = new Allowances(LIMITS);
  allowances.vouch("2001:db8::1");
  allowances.spend("2001:db8::2", 2, 0);
  expect(allowances.spend("2001:db8::3", 1, 0)).toBe(false);
  expect(allowances.spend("2001:db8::1", 1, 0)).toBe(true);
});

test("only so many addresses of members are remembered", () => {
  const allowances = new Allowances(LIMITS);
  for (let i = 0; i < 5; i++) allowances.vouch(`10.0.0.${i}`);
  expect([allowances.isKnown("10.0.0.0"), allowances.isKnown("10.0.0.4")]).toEqual([false, true]);
});
