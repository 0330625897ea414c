/** What may be expected of a transfer, in either kind of lab. */
import { z } from 'zod';
import { EVENTS } from '../../model/spec/index.ts';
import { choice, list, object } from './objects.ts';
import { address, bytes, count, flag, shown, size } from './scalars.ts';

/** What one step may move: a device's transfer is split at every 4 KiB. */
export const MAX_LENGTH = 1 << 20;

export const stag = count('a STAG', 0, 0xffff, 0);

export const dmaExpectationKeys = {
  status: choice('success', 'fault', 'bypass', 'abort', 'stalled').optional(),
  pa: address('PA').optional(),
  event: choice(...([...EVENTS.byName.keys()] as [string, ...string[]])).optional(),
  stage: count('a stage', 1, 2, 2).optional(),
  class: choice('CD', 'TT', 'IN').optional(),
  ipa: address('IPA').optional(),
  recorded: flag.optional(),
  rule: z.string().optional(),
  reads: count('a number of reads', 0, 1000, 24).optional(),
  updates: count('a number of descriptors that hardware updates', 0, 100, 1).optional(),
  pageSize: size.optional(),
  data: bytes.optional(),
  stag: stag.optional(),
  held: choice('none', 'queue-full', 'queue-disabled', 'queue-error', 'stall-max', 'duplicate').optional(),
  moved: count('a number of bytes', 0, MAX_LENGTH, 4).optional(),
  stale: list(z.string({ error: (issue) => `expected text of what is told of a stale hit; got ${shown(issue.input)}` })).optional(),
  response: choice('ok', 'abort', 'raz-wi', 'none').optional(),
};

export const dmaExpectation = object(dmaExpectationKeys);
