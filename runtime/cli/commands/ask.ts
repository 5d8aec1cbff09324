/** `mindos ask`: one question to the running hubs, one answer with what it rests on. */
import { MindosError } from "../../core/errors.js";
import type { Answer } from "../../core/intent.js";
import { defineCommand } from "../command.js";
import { formatDuration } from "../format.js";
import { postJson } from "../hub-client.js";
import { findHubs, HUB_OPTIONS, withFirstHub } from "../hub-finder.js";
import { safeLines } from "../text-width.js";

const QUESTION_LENGTH_MAX = 500;

export const command = defineCommand({
  name: "ask",
  summary: "Put a question to the running hubs.",
  options: {
    timeout: {
      type: "number",
      value: "SECONDS",
      min: 0.1,
      max: 60,
      default: 5,
      description: "How long to wait for hubs that have not answered yet.",
    },
    ...HUB_OPTIONS,
  },
  positionals: [
    { name: "QUESTION", description: "In your own words; the quotes may be left out.", required: true, rest: true },
  ],
  examples: [
    { line: 'mindos ask "is anything unusual?"', does: "All hubs look at their sensors; the one asked merges." },
    { line: 'mindos ask "what is the temperature in the cellar?" --json', does: "The same for a program." },
  ],
  async run({ options, positionals, json, out, stopping, ...context }) {
    const question = positionals.join(" ").trim();
    if (question === "") throw new MindosError("BAD_USAGE", "the question is empty");
    if (question.length > QUESTION_LENGTH_MAX)
      throw new MindosError("QUESTION_TOO_LONG", `the question has ${question.length} characters`);
    const hubs = await findHubs(options, context);
    const timeoutMs = Math.round(options.timeout * 1000);
    const answer = await withFirstHub(hubs, (hub) =>
      postJson<Answer>(hub, "/api/ask", { question, timeoutMs }, timeoutMs, stopping()),
    );
    out.write(json ? `${JSON.stringify(answer)}\n` : describeAnswer(answer));
    return 0;
  },
});

export function describeAnswer(answer: Answer): string {
  const asked = answer.hubsAnswered.length + answer.hubsSilent.length;
  const sensors = new Set(answer.evidence.map((evidence) => evidence.sensor)).size;
  const parts = [
    `${answer.hubsAnswered.length} of ${asked} hub${asked === 1 ? "" : "s"} answered in ${formatDuration(answer.tookMs)}`,
    ...(sensors > 0 ? [`${sensors} sensor${sensors === 1 ? "" : "s"}`] : []),
    ...(answer.replay ? ["replayed data"] : []),
  ];
  return `${safeLines(answer.text)}\n  (${parts.join("; ")})\n`;
}
