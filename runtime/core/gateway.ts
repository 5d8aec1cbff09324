/** The contract of a gateway: how other systems see the hub. Types only. */
import type { HubStatus } from "./status.js";

/** One read-only page under the hub's address, for programs of other kinds. */
export interface Gateway {
  readonly id: string;
  readonly title: string;
  /** "/metrics" */
  readonly path: string;
  readonly contentType: string;
  render(status: HubStatus): string;
}
