import type { Explanation } from '../words/explanation.ts';

/** What a kernel log says about an SMMU, one record per message of the driver (a message may take several lines). */

interface Logged {
  /** 1-based line where the message starts. */
  readonly line: number;
  readonly time: number | null;
  readonly device: string;
}

/** What Linux 6.14 and later print of an event beside its words. */
export interface EventText {
  /** The driver's name for the event; `UNKNOWN` where the driver has none. */
  readonly name: string;
  readonly client: string;
  readonly sid: number;
  readonly ssid: number;
  readonly iova?: bigint;
  readonly ipa?: bigint;
  readonly fetchAddr?: bigint;
  readonly access?: EventAccess;
}

export interface EventAccess {
  readonly privileged: boolean;
  readonly instruction: boolean;
  readonly read: boolean;
  readonly stage2: boolean;
  /** `CD fetch`, `Stage 1 translation table fetch`, `Input address caused fault`. */
  readonly cause: string;
  readonly stall: boolean;
  readonly stag: number;
}

/** An event record: its four words, the driver's own decoding, or both. */
export interface LoggedEvent extends Logged {
  readonly kind: 'event';
  /** Four 64-bit words, absent where only the decoded line is in the log. */
  readonly words: readonly bigint[] | null;
  readonly text: EventText | null;
}

/** The command at which the command queue stopped, as the driver replaced it. */
export interface LoggedCommand extends Logged {
  readonly kind: 'cmd';
  readonly words: readonly bigint[];
}

/** `CMDQ error`: the value of CMDQ_CONS, whose ERR field names the error. */
export interface LoggedCommandError extends Logged {
  readonly kind: 'cmdq-cons';
  readonly value: number;
  readonly reason: string;
}

/** `unexpected global error reported`: the active bits of GERROR. */
export interface LoggedGlobalError extends Logged {
  readonly kind: 'gerror';
  readonly value: number;
}

/** What the driver prints of a page request that nobody had asked it to expect. */
export interface PageRequestText {
  readonly sid: number;
  readonly ssid: number;
  readonly group: number;
  readonly last: boolean;
  readonly privileged: boolean;
  readonly read: boolean;
  readonly write: boolean;
  readonly execute: boolean;
  readonly iova: bigint;
}

/** `unexpected PRI request received`: an entry of the PRI queue. */
export interface LoggedPageRequest extends Logged {
  readonly kind: 'pri';
  readonly text: PageRequestText;
}

/** Any other message of the driver. */
export interface LoggedMessage extends Logged {
  readonly kind: 'message';
  /** An architecture name where the message is about one (`EVENTQ_ABT_ERR`), `probe` for what the driver says at start, `driver` for what only it knows. */
  readonly type: string;
  readonly text: string;
  readonly explanation: Explanation;
}

export type LoggedRecord = LoggedEvent | LoggedCommand | LoggedCommandError | LoggedGlobalError | LoggedPageRequest | LoggedMessage;

/** A line of the driver that could not be used, and why. */
export interface LogProblem {
  readonly line: number;
  readonly message: string;
}

export interface KernelLog {
  readonly records: readonly LoggedRecord[];
  readonly problems: readonly LogProblem[];
}
