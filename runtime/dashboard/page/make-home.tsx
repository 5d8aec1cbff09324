/** Making a home: this hub holds its root key from then on. */
import { useState } from "preact/hooks";
import type { ApiProblem } from "../../core/status.js";
import { post, problemIn } from "./api.js";
import { Problem } from "./digits.js";

const NAME_CHARS_MAX = 40;

export function MakeHome({ done }: { readonly done: () => void }) {
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const create = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    await post("/api/home/create", { name: name.trim() }).then(done, (error: unknown) => setProblem(problemIn(error)));
    setBusy(false);
  };
  return (
    <form class="form" onSubmit={(event) => void create(event)}>
      <Problem problem={problem} />
      <label>
        What the home is called
        <input
          value={name}
          maxLength={NAME_CHARS_MAX}
          required
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <p class="muted">This hub keeps the home’s key: it can make owners, and put any hub out.</p>
      <div class="buttons">
        <button type="submit" class="button button-main" disabled={isBusy || name.trim() === ""}>
          Make it
        </button>
        <button type="button" class="button" onClick={done}>
          Close
        </button>
      </div>
    </form>
  );
}
