import { expect, test } from 'vitest';
import { PhysicalMemory } from '../memory/physical-memory.ts';
import type { Outcome } from '../smmu/outcome.ts';
import { decodeFeatures, encode, EVENTS, PRESETS } from '../spec/index.ts';
import { eventOf, explain } from './explain.ts';

const TRANSACTION = { sid: 0x10, iova: 0x3000_0010n, access: 'read' } as const;
const BASE = { response: 'ok', events: [], reads: 0, updates: 0, transaction: 1, stale: [] } as const;

function record(name: string, values: Readonly<Record<string, number | bigint | boolean>>): Uint32Array {
  const definition = EVENTS.byName.get(name);
  if (definition === undefined) throw new Error(name);
  const words = new Uint32Array(8);
  encode(definition, values, words, 0);
  return words;
}

const fault = (name: string, rule: string, stage: 0 | 1 | 2, values: Readonly<Record<string, number | bigint | boolean>>, recorded = true): Outcome => ({
  ...BASE,
  status: 'fault',
  response: 'abort',
  rule,
  fault: { event: EVENTS.byName.get(name)?.number ?? 0, name, rule, stage, recorded },
  events: [record(name, values)],
});

test('a success tells where it went and what it cost', () => {
  const outcome: Outcome = { ...BASE, status: 'success', rule: 'ok.translated', pa: 0x4a00_0010n, pageSize: 0x1000n, attributes: 'Normal', reads: 24 };
  expect(explain(TRANSACTION, outcome)).toBe(
    '0x30000010 is PA 0x4a000010, 0x1000 bytes alike, Normal; 24 reads. Every enabled stage translated the address and permitted the access (IHI 0070 3.3.2).',
  );
});

test('a fault of stage 2 tells what was being read, and the IPA', () => {
  const outcome = fault('F_TRANSLATION', 's2.invalid', 2, { S2: true, Class: 1, IPA: 0x8000_4000n, InputAddr: TRANSACTION.iova });
  expect(eventOf(outcome)).toMatchObject({ name: 'F_TRANSLATION', class: 'TT', values: { IPA: 0x8000_4000n } });
  expect(explain(TRANSACTION, outcome)).toBe(
    'F_TRANSLATION for 0x30000010 at stage 2, reading a stage 1 table, IPA page 0x80004000: A stage-2 descriptor must be valid: its bit 0 is 1 (IHI 0070 7.3.13).',
  );
});

test('a fault that a descriptor decided shows the descriptor as it is in memory', () => {
  const outcome = fault('F_PERMISSION', 's1.permission-write', 1, { Class: 2 });
  const asked: [number, bigint][] = [];
  const places = {
    memory: new PhysicalMemory([{ base: 0n, size: 0x1000n }]),
    features: decodeFeatures(PRESETS['v3.2'].id),
    ste: null,
    cd: null,
    descriptor: (stage: 1 | 2, address: bigint) => (asked.push([stage, address]), { level: 3, pa: 0x4000_a080n, word: 0x7c3n }),
  };
  expect(explain(TRANSACTION, outcome, places)).toBe(
    'F_PERMISSION for 0x30000010 at stage 1: Stage 1 must permit the write (IHI 0070 13.4.1). The level 3 descriptor at PA 0x4000a080 is now 0x7c3.',
  );
  expect(asked).toEqual([[1, 0x3000_0010n]]);
  expect(explain(TRANSACTION, fault('F_TRANSLATION', 's1.input-range', 1, { Class: 2 }), places)).not.toContain('descriptor');
});

test('an external abort names the address, an unrecorded fault says so, a silent abort too', () => {
  const abort = fault('F_WALK_EABT', 's1.walk-abort', 1, { Class: 1, FetchAddr: 0x5000_0008n });
  expect(explain(TRANSACTION, abort)).toMatch(/^F_WALK_EABT for 0x30000010 at stage 1, reading PA 0x50000008: /);
  expect(explain(TRANSACTION, fault('C_BAD_STREAMID', 'sid.range', 0, {}, false))).toMatch(/No event was recorded\.$/);
  const silent: Outcome = { ...BASE, status: 'abort', response: 'abort', rule: 'ste.abort' };
  expect(explain(TRANSACTION, silent)).toBe('Aborted without event for 0x30000010: An STE with Config 0xx aborts every transaction silently (IHI 0070 5.2).');
  expect(eventOf(silent)).toBeNull();
});
