/** One question and what came of it: the sentence first, then what it rests on. */
import { type SensorId, shortId } from "../../core/ids.js";
import type { Answer } from "../../core/intent.js";
import { ReplayBadge } from "./bits.js";
import { EvidenceList } from "./evidence-list.js";
import type { Asked, PageState } from "./store.js";

export interface AnswerCardProps {
  readonly asked: Asked;
  readonly newest: boolean;
  readonly state: PageState;
  readonly select: (sensor: SensorId) => void;
}

export function AnswerCard(props: AnswerCardProps) {
  const { question, answer, problem } = props.asked;
  return (
    <article class={`answer ${props.newest ? "" : "answer-old"}`}>
      <p class="answer-question">{question}</p>
      {answer && (
        <>
          <p class="answer-text">
            {answer.text} {answer.replay && <ReplayBadge />}
          </p>
          <details class="fold">
            <summary>{basis(answer)}</summary>
            {answer.hubsSilent.length > 0 && (
              <p class="muted">No answer in time from {hubNames(answer.hubsSilent, props.state)}.</p>
            )}
            <EvidenceList evidence={answer.evidence} state={props.state} select={props.select} />
          </details>
        </>
      )}
      {problem && (
        <p class="answer-problem">
          <strong>{sentence(problem.message)}</strong> {problem.remedy}
        </p>
      )}
      {!answer && !problem && <p class="answer-waiting">Asking the hubs…</p>}
    </article>
  );
}

function basis(answer: Answer): string {
  const answered = answer.hubsAnswered.length;
  const asked = answered + answer.hubsSilent.length;
  const sensors = new Set(answer.evidence.map(({ sensor }) => sensor)).size;
  return [
    answered === asked ? (answered === 1 ? "1 hub" : `${answered} hubs`) : `${answered} of ${asked} hubs`,
    sensors === 1 ? "1 sensor" : `${sensors} sensors`,
    `${Math.round(answer.coverage * 100)} % covered`,
    `${Math.round(answer.tookMs)} ms`,
  ].join(" · ");
}

function hubNames(hubs: Answer["hubsSilent"], state: PageState): string {
  return hubs.map((id) => state.status?.hubs.find(({ hub }) => hub === id)?.name ?? shortId(id)).join(", ");
}

/** Problems begin in lower case, as the command line prints them after a colon. */
function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;
}
