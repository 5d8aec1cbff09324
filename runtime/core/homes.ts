/**
 * What a hub offers around other homes, met at a broker that both use. Types only. As routes of the local API (core/status.ts):
 *   GET  /api/homes                                  → HomesView
 *   POST /api/homes/trust {code, name?}              → OtherHomeView
 *   POST /api/homes/distrust {home}                  → OtherHomeView
 *   POST /api/homes/ask {home, question, timeoutMs?} → HomeAnswer
 */
import type { HubId } from "./ids.js";
import type { HomeId } from "./membership.js";

export interface OtherHomeView {
  readonly home: HomeId;
  /** What people here call it. */
  readonly name: string;
  /** Hubs of it that this one has a link with. */
  readonly links: readonly { readonly hub: HubId; readonly name: string }[];
}

export interface HomesView {
  /** This home's, for people of another one. Whoever has it can find this home at a broker: not for everybody. */
  readonly code: string;
  readonly homes: readonly OtherHomeView[];
}

export interface HomeAnswer {
  readonly home: HomeId;
  readonly name: string;
  readonly text: string;
  /** How many of its hubs have answered, and how many have not. */
  readonly hubs: number;
  readonly silent: number;
  readonly replay: boolean;
  /** Unit: ms. */
  readonly tookMs: number;
}

export interface HomesApi {
  homes(): HomesView;
  /** Replaces the name of one that is trusted already.
   *  @throws MindosError HOME_CODE_INVALID | BAD_INPUT | NOT_OWNER | OTHER_HOMES_FULL | DATA_DIR_UNUSABLE | DISK_FULL */
  trust(code: string, name?: string): Promise<OtherHomeView>;
  /** Its links end. @param home name, id, or its first eight digits. @throws MindosError OTHER_HOME_UNKNOWN | DATA_DIR_UNUSABLE | DISK_FULL */
  distrust(home: string): Promise<OtherHomeView>;
  /** @throws MindosError OTHER_HOME_UNKNOWN | OTHER_HOME_UNREACHABLE | QUESTION_TOO_LONG | NOBODY_CAN_ANSWER | ANSWER_TIMEOUT | TOO_BUSY */
  askHome(home: string, question: string, timeoutMs?: number): Promise<HomeAnswer>;
}
