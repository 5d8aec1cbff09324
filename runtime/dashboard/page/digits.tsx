/** The six digits by which two people see that nobody sits between their hubs: one reads them out, the other types them. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { sixDigits } from "../../core/admission-words.js";
import type { ApiProblem } from "../../core/status.js";

/** Twice as long as the digits: people put spaces between them. */
const TYPED_CHARS_MAX = 12;

/** At the inviting hub, which does not show them: who has not read them at the other one cannot go on. */
export function TypeDigits(props: {
  readonly children: ComponentChildren;
  readonly isBusy: boolean;
  readonly answer: (digits: string) => void;
}) {
  const [typed, setTyped] = useState("");
  const digits = sixDigits(typed);
  const submit = (event: Event) => {
    event.preventDefault();
    if (digits !== undefined) props.answer(digits);
  };
  return (
    <form class="form" onSubmit={submit}>
      <label>
        <span>{props.children}</span>
        <input
          value={typed}
          maxLength={TYPED_CHARS_MAX}
          inputMode="numeric"
          autocomplete="off"
          placeholder="000 000"
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <div class="buttons">
        <button type="submit" class="button button-main" disabled={props.isBusy || digits === undefined}>
          Compare
        </button>
      </div>
    </form>
  );
}

/** At the joining hub. */
export function ShowDigits({ digits }: { readonly digits: string }) {
  return (
    <p class="digits">
      {digits.slice(0, 3)} {digits.slice(3)}
    </p>
  );
}

export function Problem({ problem }: { readonly problem: ApiProblem | undefined }) {
  if (!problem) return null;
  return (
    <p class="card-problem" role="alert">
      {problem.message.replace(/\.?$/, ".")} {problem.remedy}
    </p>
  );
}
