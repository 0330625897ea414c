/** How outcomes look: a glyph, a word and a colour each, so that colour is never the only sign. */
import type { IconName } from './icons.ts';
import type { TokenName } from './tokens.ts';

export interface Look {
  readonly icon: IconName;
  readonly text: string;
  readonly ink: TokenName;
}

export const STATUS_LOOKS = {
  success: { icon: 'check', text: 'success', ink: 'ok' },
  fault: { icon: 'cross', text: 'fault', ink: 'fault' },
  bypass: { icon: 'bypass', text: 'bypass', ink: 'accent' },
  abort: { icon: 'barred', text: 'abort', ink: 'warning' },
  stalled: { icon: 'history', text: 'stalled', ink: 'warning' },
  unknown: { icon: 'dot', text: 'not recorded', ink: 'quiet' },
} as const satisfies Record<string, Look>;

export const CELL_LOOKS = {
  read: { icon: 'check', text: 'read', ink: 'ok' },
  hit: { icon: 'cached', text: 'cache hit', ink: 'accent' },
  skipped: { icon: 'skipped', text: 'skipped', ink: 'quiet' },
  fault: { icon: 'cross', text: 'fault', ink: 'fault' },
} as const satisfies Record<string, Look>;

export const EVENT_LOOKS = {
  written: { icon: 'check', text: 'in queue', ink: 'ok' },
  'dropped-full': { icon: 'cross', text: 'lost: queue full', ink: 'fault' },
  'dropped-disabled': { icon: 'barred', text: 'lost: queue disabled', ink: 'warning' },
  aborted: { icon: 'cross', text: 'lost: write aborted', ink: 'fault' },
  merged: { icon: 'check', text: 'merged with the last', ink: 'ok' },
  'dropped-error': { icon: 'cross', text: 'lost: queue in error', ink: 'fault' },
} as const satisfies Record<string, Look>;

export const EXPECTATION_LOOKS = {
  met: { icon: 'expected', text: 'as expected', ink: 'ok' },
  failed: { icon: 'warning', text: 'not as expected', ink: 'fault' },
} as const satisfies Record<string, Look>;

/** Of what the linter says. */
export const FINDING_LOOKS = {
  error: { icon: 'cross', text: 'error', ink: 'fault' },
  warning: { icon: 'warning', text: 'warning', ink: 'warning' },
  information: { icon: 'dot', text: 'information', ink: 'quiet' },
} as const satisfies Record<string, Look>;

/** Of an event that lies in the queue: what the same access does now. */
export const HELD_EVENT_LOOKS = {
  same: { icon: 'cross', text: 'would fault still', ink: 'fault' },
  other: { icon: 'differs', text: 'another event', ink: 'warning' },
  none: { icon: 'check', text: 'no fault any more', ink: 'ok' },
} as const satisfies Record<string, Look>;

/** Of what QEMU 11 would answer. */
export const QEMU_LOOKS = {
  same: { icon: 'equal', text: 'QEMU 11 answers the same', ink: 'quiet' },
  differs: { icon: 'differs', text: 'QEMU 11 would answer differently', ink: 'warning' },
} as const satisfies Record<string, Look>;

/** Of a fault at one level of its way to the guest. */
export const LEVEL_LOOKS = {
  there: { icon: 'check', text: 'there', ink: 'ok' },
  lost: { icon: 'cross', text: 'lost', ink: 'fault' },
  waiting: { icon: 'dot', text: 'waits', ink: 'warning' },
  none: { icon: 'skipped', text: 'never', ink: 'quiet' },
} as const satisfies Record<string, Look>;

/** Of a slot of a queue. */
export const SLOT_LOOKS = {
  wrong: { icon: 'cross', text: 'error', ink: 'fault' },
  waiting: { icon: 'dot', text: 'waits', ink: 'accent' },
  taken: { icon: 'check', text: 'taken', ink: 'quiet' },
  empty: { icon: 'skipped', text: 'empty', ink: 'quiet' },
} as const satisfies Record<string, Look>;

/** Of a cache entry, and of what a command that is not sent would do to it. */
export const CACHED_LOOKS = {
  live: { icon: 'cached', text: 'live', ink: 'quiet' },
  stale: { icon: 'warning', text: 'stale', ink: 'fault' },
  removed: { icon: 'cross', text: 'would go', ink: 'accent' },
  removedStale: { icon: 'check', text: 'would go', ink: 'ok' },
} as const satisfies Record<string, Look>;

/** Of such a command. */
export const PREVIEW_LOOKS = {
  removes: { icon: 'cross', text: 'removes', ink: 'accent' },
  nothing: { icon: 'skipped', text: 'removes nothing', ink: 'quiet' },
  bad: { icon: 'warning', text: 'not a command', ink: 'fault' },
} as const satisfies Record<string, Look>;

/** Of a walk now beside the one before. */
export const BESIDE_LOOKS = {
  same: { icon: 'equal', text: 'the same now', ink: 'ok' },
  differs: { icon: 'differs', text: 'otherwise now', ink: 'warning' },
} as const satisfies Record<string, Look>;

/** Of a register since the run last moved. */
export const REGISTER_LOOKS = {
  changed: { icon: 'differs', text: 'changed', ink: 'warning' },
} as const satisfies Record<string, Look>;

/** Of a structure in memory. */
export const STRUCTURE_LOOKS = {
  illegal: { icon: 'warning', text: 'ILLEGAL', ink: 'fault' },
  unmapped: { icon: 'barred', text: 'stage 2 maps nothing here', ink: 'warning' },
} as const satisfies Record<string, Look>;

/** Of the text in a filter box. */
export const FILTER_LOOKS = {
  none: { icon: 'filter', text: 'no filter', ink: 'quiet' },
  good: { icon: 'check', text: 'filtered', ink: 'ok' },
  odd: { icon: 'warning', text: 'filtered, but never true', ink: 'warning' },
  bad: { icon: 'cross', text: 'not a filter', ink: 'fault' },
} as const satisfies Record<string, Look>;

export const RUN_LOOKS = {
  empty: { icon: 'skipped', text: 'empty', ink: 'quiet' },
  ready: { icon: 'dot', text: 'ready', ink: 'accent' },
  running: { icon: 'run', text: 'running', ink: 'accent' },
  paused: { icon: 'step', text: 'paused', ink: 'warning' },
  done: { icon: 'check', text: 'done', ink: 'ok' },
  failed: { icon: 'cross', text: 'failed', ink: 'fault' },
} as const satisfies Record<string, Look>;
