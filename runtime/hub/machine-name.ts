/** What a hub is called that nobody has named: as its machine is. */
import { hostname } from "node:os";

/** As the setting `name` has it. Unit: characters. */
const LENGTH_MAX = 40;

export function machineName(): string {
  return (
    hostname()
      .replace(/[\p{C}\s]/gu, "")
      .slice(0, LENGTH_MAX) || "hub"
  );
}
