/** The six digits that two people compare, and the two answers that there are. */
import type { ComponentChildren } from "preact";
import type { ApiProblem } from "../../core/status.js";

export function CompareDigits(props: {
  readonly digits: string;
  readonly children: ComponentChildren;
  readonly isBusy: boolean;
  readonly answer: (match: boolean) => void;
}) {
  const { digits, isBusy, answer } = props;
  return (
    <fieldset class="compare" aria-label="Compare the digits">
      <p>{props.children}</p>
      <p class="digits">
        {digits.slice(0, 3)} {digits.slice(3)}
      </p>
      <div class="buttons">
        <button type="button" class="button button-main" disabled={isBusy} onClick={() => answer(true)}>
          They match
        </button>
        <button type="button" class="button" disabled={isBusy} onClick={() => answer(false)}>
          They differ
        </button>
      </div>
    </fieldset>
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
