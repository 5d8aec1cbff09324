/**
 * Every error that a person can meet, in one table: whose fault it is, and what to do. Pure.
 * Expected events (peer down, queue full, sensor silent) are values, not errors.
 */
export interface ErrorEntry {
  readonly fault: "local" | "remote";
  /** One sentence in the imperative; the command line and the page print it under the message. */
  readonly remedy: string;
  /** The command's exit status. 2 usage, 3 set-up, 4 not reachable, 5 failed at work. */
  readonly exitCode: number;
}

export const ERRORS = {
  BAD_USAGE: { fault: "local", exitCode: 2, remedy: "Run the command with --help to see what it takes." },
  COMMAND_UNKNOWN: { fault: "local", exitCode: 2, remedy: "`mindos help` lists the commands." },
  HUB_UNKNOWN: {
    fault: "local",
    exitCode: 2,
    remedy: "`mindos home members` lists the hubs of the home, `mindos mesh` those in reach; an id has 32 digits.",
  },
  CONFIG_INVALID: {
    fault: "local",
    exitCode: 3,
    remedy: "Correct the named line of the file; `mindos hub --help` lists the settings.",
  },
  CONFIG_UNREADABLE: { fault: "local", exitCode: 3, remedy: "Check that the file exists and that you may read it." },
  DATA_DIR_UNUSABLE: {
    fault: "local",
    exitCode: 3,
    remedy: "Choose another folder with --data, or make this one writable.",
  },
  DATA_DIR_IN_USE: {
    fault: "local",
    exitCode: 3,
    remedy:
      "Stop what uses this folder (a command that waits is answered where it runs), or choose another with --data.",
  },
  DISK_FULL: { fault: "local", exitCode: 5, remedy: "Free some space on this disk, then start the hub again." },
  STORE_CORRUPT: {
    fault: "local",
    exitCode: 5,
    remedy: "Move the folder aside and start again; the hub makes a new one and keeps the identity file.",
  },
  IDENTITY_INVALID: {
    fault: "local",
    exitCode: 3,
    remedy: "Restore the identity file from a backup, or remove it so that the hub becomes a new one.",
  },
  PORT_IN_USE: {
    fault: "local",
    exitCode: 3,
    remedy: "Stop the program that holds the port, or choose another with --port; 0 takes any free one.",
  },
  PAGE_PORT_IN_USE: {
    fault: "local",
    exitCode: 3,
    remedy: "Stop the program that holds the port, or choose another with --http-port; 0 takes any free one.",
  },
  LINK_PORT_IN_USE: {
    fault: "local",
    exitCode: 3,
    remedy: "Stop the program that holds the port, or choose another with --link-port; 0 takes any free one.",
  },
  ADDRESS_UNAVAILABLE: {
    fault: "local",
    exitCode: 3,
    remedy: "Listen on 127.0.0.1, or on an address that this machine has.",
  },
  MULTICAST_UNAVAILABLE: {
    fault: "local",
    exitCode: 4,
    remedy: "Name the other hubs with --peers; `mindos doctor` tells whether multicast works here.",
  },
  OWNER_NEEDED: {
    fault: "local",
    exitCode: 3,
    remedy: "Keep `host` at 127.0.0.1: a hub without an owner listens on loopback only.",
  },
  HOME_INVALID: {
    fault: "local",
    exitCode: 3,
    remedy: "Restore home.json from a backup, or remove it and run `mindos join` with a new invitation.",
  },
  HOME_EXISTS: {
    fault: "local",
    exitCode: 3,
    remedy:
      "`mindos home` shows it. To leave it, stop the hub and remove home.json from its folder; where it was put out, identity.json too, since it can come back only as a new hub.",
  },
  HOME_MISSING: {
    fault: "local",
    exitCode: 3,
    remedy: "Run `mindos home create`, or `mindos join` with an invitation of a hub that has one.",
  },
  NOT_OWNER: {
    fault: "local",
    exitCode: 3,
    remedy: "Do it on an owner's hub; owners are invited, and owners revoked, on the hub that made the home.",
  },
  INVITATION_UNKNOWN: {
    fault: "local",
    exitCode: 5,
    remedy: "Run `mindos invite` for a new one.",
  },
  INVITATIONS_FULL: {
    fault: "local",
    exitCode: 5,
    remedy: "Use or cancel one of the open invitations first: `mindos invite --list` and the page show them.",
  },
  CODE_INVALID: {
    fault: "local",
    exitCode: 2,
    remedy: "Type the three words as `mindos invite` shows them, or its whole address that begins with mindos:.",
  },
  INVITER_NOT_FOUND: {
    fault: "remote",
    exitCode: 4,
    remedy: "Check that the invitation is open, or name its address with --at HOST:PORT.",
  },
  JOIN_REFUSED: {
    fault: "remote",
    exitCode: 5,
    remedy: "Ask for a new invitation, and type its code before its time is over.",
  },
  DIGITS_DIFFER: {
    fault: "remote",
    exitCode: 5,
    remedy:
      "Invite again, and type the digits with care. If they differ once more, somebody may sit between the two hubs: try in a network that you trust.",
  },
  JOIN_UNKNOWN: {
    fault: "local",
    exitCode: 5,
    remedy: "Run `mindos join CODE` first, with the words that `mindos invite` shows at the inviting hub.",
  },
  DIGITS_INVALID: {
    fault: "local",
    exitCode: 2,
    remedy: "Type all six digits that the joining hub shows; nothing is lost, both hubs still wait.",
  },
  HUB_REVOKED: {
    fault: "remote",
    exitCode: 5,
    remedy:
      "An owner has put this hub out. To let it in again, stop it, remove identity.json and home.json from its folder, and invite it anew: it comes back as a new hub.",
  },
  REVOCATIONS_FULL: {
    fault: "local",
    exitCode: 5,
    remedy: "Do it on the hub that made the home: what it says always has room, and one owner's a quarter.",
  },
  REVOCATIONS_INVALID: {
    fault: "local",
    exitCode: 3,
    remedy:
      "Restore that file from a backup. Without one remove it while a hub of the home is within reach, which tells this one anew who is out.",
  },
  CERTIFICATE_EXPIRED: {
    fault: "local",
    exitCode: 5,
    remedy: "Check this machine's clock; if it is right, invite the hub again from an owner's hub.",
  },
  CERTIFICATE_ENDING: {
    fault: "local",
    exitCode: 5,
    remedy:
      "Bring an owner's hub within reach: it renews the certificate by itself. `mindos home` shows until when it holds.",
  },
  EPOCH_BEHIND: {
    fault: "local",
    exitCode: 5,
    remedy: "Nothing to do: this hub's folder was restored from an old backup, and it has caught up by itself.",
  },
  CLONED: {
    fault: "local",
    exitCode: 5,
    remedy:
      "Two hubs run from copies of one folder. Stop the copy, remove its identity.json and home.json and invite it anew; then restart the other.",
  },
  BACKBONE_INVALID: {
    fault: "local",
    exitCode: 3,
    remedy: "Restore backbone.json from a backup, or remove it and run `mindos backbone add` again.",
  },
  HOMES_INVALID: {
    fault: "local",
    exitCode: 3,
    remedy: "Restore homes.json from a backup, or remove it and run `mindos homes trust` again.",
  },
  HOME_CODE_INVALID: {
    fault: "local",
    exitCode: 2,
    remedy: "Copy the whole code as `mindos homes code` shows it in the other home.",
  },
  OTHER_HOME_UNKNOWN: {
    fault: "local",
    exitCode: 2,
    remedy:
      "`mindos homes` lists those that this hub deals with: each hub deals with the homes that were trusted on it, so ask there.",
  },
  OTHER_HOMES_FULL: { fault: "local", exitCode: 5, remedy: "End one with `mindos homes distrust NAME` first." },
  OTHER_HOME_UNREACHABLE: {
    fault: "remote",
    exitCode: 4,
    remedy: "Both homes must trust each other's code and use the same broker; `mindos homes` shows how it goes.",
  },
  BACKBONE_UNKNOWN: { fault: "local", exitCode: 2, remedy: "`mindos backbone` lists the brokers that this hub uses." },
  BACKBONES_FULL: { fault: "local", exitCode: 5, remedy: "Remove one with `mindos backbone remove URL` first." },
  OUTBOX_FULL: {
    fault: "local",
    exitCode: 5,
    remedy:
      "`mindos mesh inbox --sent` shows what waits; wait for it to leave, send with a greater --priority, or free some disk.",
  },
  MODEL_MISSING: {
    fault: "local",
    exitCode: 5,
    remedy: "Run `npm run train -- climate-anomaly`, or reinstall so that the models folder is complete.",
  },
  MODEL_INVALID: {
    fault: "local",
    exitCode: 5,
    remedy: "Replace the model's folder with the one that the release ships.",
  },
  MODEL_TOO_LARGE: { fault: "local", exitCode: 5, remedy: "Use a smaller model, or raise `inference.modelBytesMax`." },
  RUNTIME_UNAVAILABLE: {
    fault: "local",
    exitCode: 5,
    remedy: 'Set `inference.backend` to "wasm", or run on x64 or arm64 where the native one exists.',
  },
  INFERENCE_FAILED: {
    fault: "local",
    exitCode: 5,
    remedy: "The request may be repeated; `mindos status` tells how often this happens.",
  },
  BAD_INPUT: { fault: "local", exitCode: 2, remedy: "Correct what the message names." },
  RADIO_UNAVAILABLE: {
    fault: "local",
    exitCode: 4,
    remedy: "Plug in or enable a Bluetooth adapter and install BlueZ, or play recorded sensors with `--replay motes`.",
  },
  REPLAY_INVALID: {
    fault: "local",
    exitCode: 3,
    remedy: "Record the file again with `mindos record`, or name another one.",
  },
  REPLAY_MISSING: {
    fault: "local",
    exitCode: 3,
    remedy: "Run `npm ci` in the project's folder, or name a recorded file with --replay.",
  },
  HUB_NOT_RUNNING: {
    fault: "local",
    exitCode: 4,
    remedy: "Start one with `mindos hub`, or name its folder with --data.",
  },
  HUB_REFUSED: {
    fault: "remote",
    exitCode: 5,
    remedy: "Read the message; `mindos status` and the hub's log tell more.",
  },
  QUESTION_UNCLEAR: {
    fault: "local",
    exitCode: 2,
    remedy: "Ask about a temperature, a humidity, the warmest room, or whether anything is unusual.",
  },
  QUESTION_TOO_LONG: { fault: "local", exitCode: 2, remedy: "Ask in at most 500 characters." },
  NOBODY_CAN_ANSWER: {
    fault: "remote",
    exitCode: 5,
    remedy:
      "A hub answers what its sensors and models allow, and models start with the first readings: wait for a sensor, or for a hub that has some, then ask again.",
  },
  ANSWER_TIMEOUT: { fault: "remote", exitCode: 5, remedy: "Ask again, or allow more time with --timeout." },
  TOO_BUSY: { fault: "remote", exitCode: 5, remedy: "Ask again in a few seconds." },
  NOT_ALLOWED: { fault: "remote", exitCode: 5, remedy: "Use the token from the hub's own data folder." },
  FRAME_INVALID: { fault: "remote", exitCode: 5, remedy: "Nothing to do here: the frame was dropped and counted." },
  INTERNAL: { fault: "local", exitCode: 1, remedy: "This is a bug in MindOS: please report it with the message." },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** The one error class that crosses a room's door (decoders have their own: `DecodeError`). */
export class MindosError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = "MindosError";
  }

  get fault(): "local" | "remote" {
    return ERRORS[this.code].fault;
  }

  get remedy(): string {
    return ERRORS[this.code].remedy;
  }

  get exitCode(): number {
    return ERRORS[this.code].exitCode;
  }
}

/** A caught value as an error of ours: what is not one is a bug. */
export function asMindosError(error: unknown, context = ""): MindosError {
  if (error instanceof MindosError) return error;
  return new MindosError("INTERNAL", `${context}${messageOf(error)}`, { cause: error });
}

/** What a caught value says, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
