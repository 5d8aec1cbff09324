/** PROTOCOL.md says what the code does: its tables, its CDDL and its examples are read and compared. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bytesToHex, hexToBytes } from "../../runtime/core/bytes.js";
import { VERBS } from "../../runtime/core/intent.js";
import type { FieldInfo } from "../../runtime/wire/codec.js";
import { DATAGRAM_LINK_BYTES, DATAGRAM_TAG_BYTES, encodeDatagram } from "../../runtime/wire/datagram.js";
import { evidence } from "../../runtime/wire/fields.js";
import { CONTROL_LIMITS, FRAME_LIMITS } from "../../runtime/wire/frame.js";
import { MESSAGES } from "../../runtime/wire/messages.js";
import { PROBLEMS } from "../../runtime/wire/problems.js";
import { QUANTITY_NUMBERS } from "../../runtime/wire/quantity-numbers.js";
import { CONTENT_BYTES_MAX, entryBody, member, setting } from "../../runtime/wire/registry-entry.js";
import { decodeFrame, encodeFrame, type Frame } from "./fresh-link.js";
import { frameVectors, revive } from "./vectors.js";

const document = readFileSync(new URL("../../runtime/wire/PROTOCOL.md", import.meta.url), "utf8");

function section(heading: string): string {
  const start = document.indexOf(`\n${heading}`);
  if (start < 0) throw new Error(`PROTOCOL.md has no ${heading}`);
  const level = heading.startsWith("###") ? /\n###? / : /\n## /;
  const rest = document.slice(start + heading.length + 1);
  const end = rest.search(level);
  return end < 0 ? rest : rest.slice(0, end);
}

function rows(text: string): string[][] {
  const lines = text.split("\n").filter((line) => /^\| *[^ -]/.test(line));
  return lines.slice(1).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const examples = [...document.matchAll(/```example ([^\n]+)\n([^\n]+)\n([\s\S]*?)```/g)].map(([, name, json, hex]) => ({
  name: name ?? "",
  frame: revive(JSON.parse(json ?? "")) as Frame,
  hex: (hex ?? "").replace(/\s/g, ""),
}));

/** `  ? 4: label,  ; place, …` is an optional field with key 4 called place. */
function cddlFields(text: string, rule: string): FieldInfo[] {
  const body = new RegExp(`^${rule} = \\{\\n([\\s\\S]*?)^\\}`, "m").exec(text)?.[1];
  if (body === undefined) throw new Error(`no CDDL rule ${rule}`);
  return [...body.matchAll(/^ {2}(\? )?(\d+): .*?; (\w+)/gm)].map(([, optional, key, name]) => ({
    key: Number(key),
    name: name ?? "",
    required: optional === undefined,
  }));
}

describe("PROTOCOL.md", () => {
  it("has examples", () => {
    expect(examples.length).toBeGreaterThanOrEqual(6);
  });

  it.each(examples)("shows the bytes of $name as they are", ({ frame, hex }) => {
    expect(bytesToHex(encodeFrame(frame))).toBe(hex);
    expect(decodeFrame(hexToBytes(hex))).toStrictEqual(frame);
  });

  it("shows the bytes of datagrams as they are", () => {
    const shown = [...section("## 12").matchAll(/```datagram [^\n]+\n([^\n]+)\n```/g)].map(([, hex]) => hex ?? "");
    const secret = Uint8Array.from({ length: 40 }, (_, index) => index);
    const bytes = [
      { number: 1, isAnswer: false, isOver: false, byDialler: true },
      { number: 1, isAnswer: true, isOver: false, byDialler: false },
    ].map((head) => {
      const tagged = encodeDatagram(secret.subarray(0, DATAGRAM_LINK_BYTES), head);
      const tag = createHmac("sha256", secret.subarray(DATAGRAM_LINK_BYTES)).update(tagged).digest();
      return bytesToHex(tagged) + bytesToHex(tag.subarray(0, DATAGRAM_TAG_BYTES));
    });
    expect(shown.map((hex) => hex.replaceAll(" ", ""))).toEqual(bytes);
  });

  it("lists every message with its number, form and state", () => {
    const listed = rows(section("## 4 Messages")).map(([number, name, form, control, state]) => ({
      number: Number(number),
      name,
      ...(state === "specified" ? { form, control: control === "yes" } : {}),
    }));
    const known = MESSAGES.map((message) => {
      const { number, name } = message;
      return message.body === undefined
        ? { number, name }
        : { number, name, form: message.form, control: message.control };
    });
    expect(listed).toEqual(known);
  });

  const specified = MESSAGES.flatMap((message) => (message.body === undefined ? [] : [message]));
  it.each(specified)("gives the CDDL of $name with the keys and names of the code", ({ name, body }) => {
    expect(cddlFields(section(`### ${name}`), name)).toEqual(body.fields);
  });

  it("gives the CDDL of evidence with the keys and names of the code", () => {
    expect(cddlFields(section("## 3"), "evidence")).toEqual(evidence.fields);
  });

  it.each([
    ["entry-body", entryBody],
    ["member", member],
    ["setting", setting],
  ])("gives the CDDL of %s with the keys and names of the code", (rule, { fields }) => {
    expect(cddlFields(section("### Registries"), rule)).toEqual(fields);
  });

  it("says how long an entry's content may be", () => {
    expect(section("### Registries")).toContain(`up to ${CONTENT_BYTES_MAX} bytes`);
  });

  it("lists every problem with its meaning", () => {
    expect(Object.fromEntries(rows(section("## 8")))).toEqual(PROBLEMS);
  });

  it("lists the limits", () => {
    const numbers = rows(section("## 7")).map(([, frame, control]) => [Number(frame), Number(control)]);
    const pairs = (["bytesMax", "itemsMax", "depthMax", "textBytesMax"] as const).map((limit) => [
      FRAME_LIMITS[limit],
      CONTROL_LIMITS[limit],
    ]);
    expect(numbers).toEqual(pairs);
  });

  it("lists sizes that were measured", () => {
    for (const [name, bytes] of rows(section("## 9"))) {
      const vector = frameVectors.find((one) => one.name === name) ?? examples.find((one) => one.name === name);
      expect([name, vector && vector.hex.length / 2]).toEqual([name, Number(bytes)]);
    }
  });

  it("lists the verbs, and the first quantities with their numbers", () => {
    const verbs = Object.entries(VERBS).map(([verb, number]) => `${number} ${verb}`);
    expect(section("## 3")).toContain(verbs.join(", "));
    const quantities = [...section("## 5").matchAll(/(\d+) (\w+) \(/g)].map(([, number, name]) => [
      name,
      Number(number),
    ]);
    expect(quantities.length).toBeGreaterThan(3);
    for (const [name, number] of quantities) expect(QUANTITY_NUMBERS).toHaveProperty(String(name), number);
  });
});
