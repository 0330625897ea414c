/** The engine's answer and the oracle's as the same plain object. */
import { expect } from 'vitest';
import type { Smmu } from '../../src/model/smmu/smmu.ts';
import { fieldsOf } from './nested-machine.ts';
import type { Access, Answer, World } from './oracle.ts';
import type { RandomMachine } from './random-machine.ts';

/** `updates`: what hardware writes, which the machine's own memory does not get. */
export const worldOf = ({ memory, base, oas, draw }: RandomMachine, updates = new Map<bigint, bigint>()): World => ({
  read64: (pa) => updates.get(pa) ?? memory.read64(pa),
  update: (pa, word) => void updates.set(pa, word),
  streamTable: base,
  oas,
  xnx: draw.xnx,
  had: draw.had,
  fwb: draw.fwb,
  overrides: draw.overrides,
  termModel: draw.termModel,
  e2h: draw.e2h,
});

/** Fields that are not 0: the record's other bits are 0, or fieldsOf would name them. */
const nonZero = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => name !== 'EventNumber' && value !== 0 && value !== 0n && value !== false),
  );

export const expected = (answer: Answer): unknown => ({ ...answer, event: answer.event === null ? null : nonZero(answer.event) });

/** What the engine makes of an access; that a TLB entry gave it is no difference. */
export function answered(smmu: Smmu, access: Access): unknown {
  const { status, response, rule, pa, pageSize, events } = smmu.translate(access);
  expect(events.length).toBeLessThan(2);
  const event = events[0] === undefined ? null : nonZero(fieldsOf(events[0]));
  return { status, response, rule: rule === 'tlb.hit' ? 'ok.translated' : rule, pa: pa ?? null, size: pageSize ?? null, event };
}
