/** A swarm on a terminal: the screen, the keys, and the questions typed in. */
import type { Output } from "../command.js";
import { renderLine } from "./frame.js";
import { createKeyDecoder, type Key } from "./keys.js";
import { editLine, editorOf } from "./line-editor.js";
import { openScreen } from "./screen.js";
import type { SwarmSession } from "./session.js";
import { renderView } from "./view.js";

/** Raise: less work; lower: smoother. Unit: ms. */
const FRAME_MS = 100;
const SENSORS_MS = 1_000;
/** Clocks and countdowns move although nothing happened. Unit: ms. */
const IDLE_FRAME_MS = 500;
/** What Enter on an empty line asks. */
const QUESTION_DEFAULT = "is anything unusual?";

/** @returns when the person quits, or when `stop` is aborted. */
export async function runTerminal(session: SwarmSession, out: Output, stop: AbortSignal): Promise<void> {
  let dirty = true;
  let drawnMs = 0;
  await new Promise<void>((resolve) => {
    const decoder = createKeyDecoder();
    const screen = openScreen(process.stdin, process.stdout, {
      input: (chunk) => {
        for (const key of decoder.decode(chunk)) if (onKey(session, key) === "quit") end();
      },
      resize: () => {
        dirty = true;
      },
    });
    const draw = setInterval(() => {
      const nowMs = performance.now();
      if (!dirty && nowMs - drawnMs < IDLE_FRAME_MS) return;
      dirty = false;
      drawnMs = nowMs;
      const lines = renderView(session.state, screen, nowMs);
      screen.draw(lines.map((line) => renderLine(line, screen.columns, out.color)));
    }, FRAME_MS);
    const sensors = setInterval(() => void session.refreshSensors(), SENSORS_MS);
    session.onChange(() => {
      dirty = true;
    });
    function end(): void {
      clearInterval(draw);
      clearInterval(sensors);
      stop.removeEventListener("abort", end);
      screen.close();
      resolve();
    }
    process.stdin.once("end", end);
    if (stop.aborted) end();
    else stop.addEventListener("abort", end);
  });
}

function onKey(session: SwarmSession, key: Key): "quit" | undefined {
  if (key.name === "control" && (key.letter === "c" || key.letter === "d")) return "quit";
  const { editor } = session.state;
  if (editor === undefined) return onCommandKey(session, key);
  if (key.name === "escape") session.dispatch({ type: "edit", editor: undefined });
  else if (key.name === "enter") {
    session.dispatch({ type: "edit", editor: undefined });
    void session.ask(editor.text.trim() || QUESTION_DEFAULT);
  } else session.dispatch({ type: "edit", editor: editLine(editor, key) });
  return undefined;
}

function onCommandKey(session: SwarmSession, key: Key): "quit" | undefined {
  const { selected } = session.state;
  if (key.name === "up") session.dispatch({ type: "select", at: selected - 1 });
  if (key.name === "down") session.dispatch({ type: "select", at: selected + 1 });
  if (key.name !== "text") return undefined;
  // Keys that are pressed quickly come as one text.
  for (const letter of key.text) {
    if (/[1-9]/.test(letter)) session.dispatch({ type: "select", at: Number(letter) - 1 });
    else if (letter === "k") kill(session);
    else if (letter === "r" && !session.revive()) session.dispatch({ type: "note", text: "every hub runs" });
    else if (letter === "a") {
      session.dispatch({ type: "edit", editor: editorOf("") });
      return undefined;
    } else if (letter === "q") return "quit";
  }
  return undefined;
}

function kill(session: SwarmSession): void {
  const { selected, slots } = session.state;
  if (!session.kill(selected)) session.dispatch({ type: "note", text: `${slots[selected]?.name} does not run` });
}
