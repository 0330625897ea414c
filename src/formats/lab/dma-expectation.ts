/** What may be expected of a transfer, in either kind of lab. */
import { z } from 'zod';
import { EVENTS, RULES } from '../../model/spec/index.ts';
import { choice, list, object } from './objects.ts';
import { WORDS } from './names.ts';
import { address, bytes, count, flag, shown, size } from './scalars.ts';

/** What one step may move: a device's transfer is split at every 4 KiB. */
export const MAX_LENGTH = 1 << 20;

const stag = count('a STAG', 0, 0xffff, 0);

/** Which stalled transaction a step answers. */
export const whichStag = z.union([stag, z.literal('oldest')], { error: (issue) => `expected a STAG, 0 to 0xffff, or oldest; got ${shown(issue.input)}` }).default('oldest').describe('STAG of the transaction, or oldest');

export const dmaExpectationKeys = {
  status: choice('success', 'fault', 'bypass', 'abort', 'stalled').optional().describe('how it ends'),
  pa: address('PA').optional().describe('where it goes, a PA'),
  event: choice(...([...EVENTS.byName.keys()] as [string, ...string[]])).optional().describe('name of the event'),
  stage: count('a stage', 1, 2, 2).optional().describe('stage of the fault'),
  class: choice('CD', 'TT', 'IN').optional().describe('what stage 2 translated: the address of a CD, of a table, or of the access'),
  ipa: address('IPA').optional().describe('the IPA in the event'),
  recorded: flag.optional().describe('whether the event queue took the event'),
  rule: z.string({ error: (issue) => `expected the id of a rule, such as tlb.hit; got ${shown(issue.input)}` }).optional().meta({ description: 'id of the rule that decided, such as tlb.hit', [WORDS]: RULES.map(({ id }) => id) }),
  reads: count('a number of reads', 0, 1000, 24).optional().describe('structures and descriptors read'),
  updates: count('a number of descriptors that hardware updates', 0, 100, 1).optional().describe('descriptors whose flags hardware updated'),
  pageSize: size.optional().describe('how much translates alike, in bytes'),
  data: bytes.optional().describe('what a read brings, as hex digits'),
  stag: stag.optional().describe('STAG of a stalled transaction'),
  held: choice('none', 'queue-full', 'queue-disabled', 'queue-error', 'stall-max', 'duplicate').optional().describe('why software has no event record of a stall yet; none: it has'),
  moved: count('a number of bytes', 0, MAX_LENGTH, 4).optional().describe('bytes moved'),
  stale: list(z.string({ error: (issue) => `expected text of what is told of a stale hit; got ${shown(issue.input)}` })).optional().describe('text that what is told of stale hits contains; []: nothing is'),
  response: choice('ok', 'abort', 'raz-wi', 'none').optional().describe('what the device sees; none while it waits'),
};

export const dmaExpectation = object(dmaExpectationKeys);
