/**
 * A swarm's state → exactly as many lines as the terminal has rows, none wider than it has columns. Pure.
 * Sections get their least height first, then what is left, from top to bottom.
 */
import { counted } from "../../core/mesh-words.js";
import { formatDuration } from "../format.js";
import { textWidth, wrapText } from "../text-width.js";
import { type Line, line, type Span, span } from "./frame.js";
import { detectionLines, hubLines, linkLines, sensorLines } from "./sections.js";
import type { SwarmState } from "./state.js";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

interface Section {
  /** Below it the section is left out. */
  readonly min: number;
  readonly lines: readonly Line[];
  /** The first stays (a heading), then the last ones: the newest. */
  readonly keeps: "first" | "last" | { readonly around: number };
  /** Left out first when there is too little room: the highest number. */
  readonly rank: number;
}

export function renderView(state: SwarmState, size: Size, nowMs: number): Line[] {
  const width = Math.max(20, size.columns);
  const footer = [keysLine(state)];
  const room = Math.max(1, size.rows - footer.length);
  const hubs = hubLines(state, width, nowMs);
  const answer = answerLines(state, width);
  const sections: Section[] = [
    { min: 1, rank: 0, keeps: "first", lines: [titleLine(state, width, nowMs)] },
    { min: Math.min(hubs.length, 3), rank: 1, keeps: { around: state.selected + 1 }, lines: hubs },
    { min: 1, rank: 5, keeps: "first", lines: linkLines(state, width) },
    { min: 2, rank: 4, keeps: "first", lines: sensorLines(state, width) },
    { min: 2, rank: 3, keeps: "last", lines: detectionLines(state, width) },
    { min: Math.min(answer.length, 2), rank: 2, keeps: "first", lines: answer },
    { min: 1, rank: 6, keeps: "first", lines: pageLines(state, width) },
    { min: 1, rank: 7, keeps: "last", lines: noteLines(state, nowMs) },
  ];
  const body = layOut(sections, room);
  while (body.length < room) body.push([]);
  return [...body.slice(0, room), ...footer].slice(0, Math.max(1, size.rows));
}

function layOut(sections: readonly Section[], room: number): Line[] {
  const heights = sections.map(() => 0);
  let left = room;
  for (const section of [...sections].sort((a, b) => a.rank - b.rank)) {
    const least = Math.min(section.min, section.lines.length);
    if (least > left) continue;
    heights[sections.indexOf(section)] = least;
    left -= least;
  }
  for (const [at, section] of sections.entries()) {
    const least = heights[at] ?? 0;
    if (least === 0) continue;
    const more = Math.min(left, section.lines.length - least);
    heights[at] = least + more;
    left -= more;
  }
  return sections.flatMap((section, at) => cut(section, heights[at] ?? 0));
}

function cut({ lines, keeps }: Section, height: number): readonly Line[] {
  if (lines.length <= height || height === 0) return lines.slice(0, height);
  if (keeps === "first" || height === 1) return keeps === "last" ? lines.slice(-1) : lines.slice(0, height);
  const [head, ...rest] = lines;
  const body = height - 1;
  const start = keeps === "last" ? rest.length - body : Math.max(0, Math.min(keeps.around - 1, rest.length - body));
  return head === undefined ? [] : [head, ...rest.slice(start, start + body)];
}

function titleLine(state: SwarmState, width: number, nowMs: number): Line {
  const running = state.slots.filter((slot) => slot.process === "running").length;
  const parts: Span[] = [
    span("MindOS swarm", "strong"),
    span(`  ${running} of ${counted(state.slots.length, "hub")}  ${formatDuration(nowMs - state.startedMs)}  `),
    span(state.replay, "warning"),
  ];
  let left = width - parts.reduce((sum, { text }) => sum + textWidth(text), 0);
  // Whole or not at all: what is cut tells nobody anything.
  for (const more of [span(` ${state.from}`, "warning"), span(`  ${state.meeting}`, "faint")]) {
    left -= textWidth(more.text);
    if (left < 0) break;
    parts.push(more);
  }
  return parts;
}

function answerLines(state: SwarmState, width: number): Line[] {
  if (state.editor !== undefined) {
    const { text, cursor } = state.editor;
    const under = /^[\ud800-\udbff][\udc00-\udfff]|^./su.exec(text.slice(cursor))?.[0] ?? " ";
    // A long question scrolls, so that the place where one types stays in sight.
    const before = [...text.slice(0, cursor)].slice(-(width - 12)).join("");
    return [
      [span("ASK ", "strong"), span(before), span(under, "selected"), span(text.slice(cursor + under.length))],
      line("    Enter asks all hubs, Esc goes back.", "faint"),
    ];
  }
  const { exchange } = state;
  if (exchange === undefined) return [[span("ASK ", "strong"), span("press a and ask: is anything unusual?", "faint")]];
  const answer = exchange.text === undefined ? "the hubs think …" : exchange.text;
  const style = exchange.failed === true ? "bad" : exchange.text === undefined ? "faint" : "good";
  const detail =
    exchange.detail === undefined
      ? []
      : wrapText(exchange.detail, width - 4).map((text) => line(`    ${text}`, "faint"));
  return [
    [span("ASK ", "strong"), span(exchange.question)],
    ...wrapText(answer, width - 4).map((text) => line(`    ${text}`, style)),
    ...detail,
  ];
}

/** The page of the selected hub, or of any that runs. */
function pageLines(state: SwarmState, width: number): Line[] {
  const slot = state.slots[state.selected];
  const shown = slot?.page === undefined ? state.slots.find(({ page }) => page !== undefined) : slot;
  if (shown?.page === undefined) return [];
  const label = `PAGE of ${shown.name} `;
  // A page address that is cut cannot be opened: the label goes first.
  const fits = label.length + shown.page.length <= width;
  return [[...(fits ? [span(label, "strong")] : []), span(shown.page, "accent")]];
}

function noteLines(state: SwarmState, nowMs: number): Line[] {
  return state.notes.map(({ text, atMs, bad }) =>
    line(`${formatDuration(nowMs - atMs)} ago: ${text.replaceAll("\n", " ")}`, bad ? "warning" : "faint"),
  );
}

function keysLine(state: SwarmState): Line {
  const key = (name: string, does: string): Span[] => [span(name, "strong"), span(` ${does}  `, "faint")];
  const name = state.slots[state.selected]?.name ?? "";
  const main = [...key("k", `kill ${name}`), ...key("r", "bring back"), ...key("a", "ask"), ...key("q", "quit")];
  return [...main, ...key("↑↓", "or 1–9 select")];
}
