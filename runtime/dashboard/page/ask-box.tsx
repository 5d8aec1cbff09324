/** The question field, examples that this home can answer, and the latest answers. */
import { useState } from "preact/hooks";
import type { SensorId } from "../../core/ids.js";
import { LazyAnnex } from "./lazy-annex.js";
import type { PageState } from "./store.js";
import { exampleQuestions } from "./summary.js";

const QUESTION_CHARS_MAX = 500;

export function AskBox(props: {
  readonly state: PageState;
  readonly ask: (question: string) => void;
  readonly select: (sensor: SensorId) => void;
}) {
  const { state, ask } = props;
  const [question, setQuestion] = useState("");
  const connected = state.connection.phase === "open";
  const waiting = state.asked.some(({ answer, problem }) => !answer && !problem);
  const submit = (event: Event) => {
    event.preventDefault();
    if (!connected || question.trim() === "") return;
    ask(question.trim());
    setQuestion("");
  };
  return (
    <section class="card ask" aria-labelledby="ask-title">
      <h2 id="ask-title" class="visually-hidden">
        Ask your home
      </h2>
      <form class="ask-form" onSubmit={submit}>
        <input
          id="question"
          aria-label="Your question"
          placeholder="Ask your home…"
          autocomplete="off"
          enterkeyhint="send"
          maxLength={QUESTION_CHARS_MAX}
          value={question}
          onInput={(event) => setQuestion(event.currentTarget.value)}
        />
        <button type="submit" class="button button-main" disabled={!connected || question.trim() === ""}>
          {waiting ? "Asking…" : "Ask"}
        </button>
      </form>
      <ul class="chips" aria-label="Example questions">
        {exampleQuestions(state).map((example) => (
          <li key={example}>
            <button type="button" class="chip" disabled={!connected} onClick={() => ask(example)}>
              {example}
            </button>
          </li>
        ))}
      </ul>
      <div class="answers" aria-live="polite">
        {state.asked.map((asked, index) => (
          <LazyAnnex
            view="answer"
            key={asked.key}
            asked={asked}
            newest={index === 0}
            state={state}
            select={props.select}
          />
        ))}
      </div>
    </section>
  );
}
