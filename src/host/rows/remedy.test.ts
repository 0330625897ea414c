import { describe, expect, it } from 'vitest';
import { EVENTS, RULES, ruleNumber } from '../../model/spec/index.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import { PURPOSE, STALE } from '../../model/trace/record.ts';
import { remedyOf } from './remedy.ts';

const record = (kind: string, more: Partial<TraceRecord> = {}): TraceRecord => ({ kind, stage: 0, purpose: PURPOSE.NONE, sid: 0x20, verdict: 0, payload: new Uint32Array(8), rule: 0, ...more }) as TraceRecord;
const eventNumber = (name: string): number => EVENTS.byName.get(name)?.number ?? 0;
const end = (rule: string, event: string): TraceRecord => record('TXN_END', { rule: ruleNumber(rule), payload: Uint32Array.of(1, eventNumber(event)) });

describe('what would make a transaction work', () => {
  it.each(RULES.filter(({ event, id }) => event !== 'none' || ['gbpa.abort', 'gbpa.oas', 'ste.abort', 'ats.unsupported', 'translated.oas', 'atc.refused'].includes(id)).map(({ id, event }) => [id, event] as const))('%s', (id, event) => {
    expect(remedyOf([], end(id, event))).toMatch(/^\p{Lu}.*\.$/u);
  });

  it('is nothing where all is well', () => expect(remedyOf([], end('ok.translated', 'none'))).toBe(''));

  it('is another at each stage, recorded or not', () => {
    const [stage1, stage2] = [1, 2].map((stage) => remedyOf([record('FAULT', { stage, purpose: stage === 2 ? PURPOSE.IN : PURPOSE.NONE })], end(`s${stage}.invalid`, 'F_TRANSLATION')));
    expect(stage1).toContain('dma_map_*');
    expect(stage2).toContain('must map that IPA at stage 2');
    expect(stage2).toContain('its stage 1 maps the wrong one');
    expect(remedyOf([record('FAULT', { stage: 2, purpose: PURPOSE.CD })], end('s2.invalid', 'F_TRANSLATION'))).not.toContain('maps the wrong one');
  });

  it('names the fields of a rule of STE or CD, and the command that tells of the change', () => {
    expect(remedyOf([], end('ste.s2t0sz', 'C_BAD_STE'))).toMatch(/S2T0SZ.*CMD_CFGI_STE and CMD_SYNC/);
    expect(remedyOf([], end('cd.v', 'C_BAD_CD'))).toMatch(/^Write a whole CD, V last, then CMD_CFGI_CD/);
  });

  it('is the missing invalidation where a cache was out of date', () => {
    expect(remedyOf([record('STALE', { verdict: STALE.ENTRY })], end('s1.permission-write', 'F_PERMISSION'))).toContain('invalidation that is named was missing');
    expect(remedyOf([record('STALE', { verdict: STALE.WASTE })], end('s1.permission-write', 'F_PERMISSION'))).toContain('dma_map_*');
  });
});
