/** What would make a transaction work that did not. */
import { explainEvent } from '../../formats/words/explain-event.ts';
import { CD_RULES, EVENTS, ruleOf, setField, STE_RULES } from '../../model/spec/index.ts';
import type { CaseDef, FieldValue } from '../../model/spec/index.ts';
import { PURPOSE, STALE } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';

/** Of rules that no event tells of, or that are met with SMMUEN 0. */
const BY_RULE: Readonly<Record<string, string>> = {
  'gbpa.abort': 'Set CR0.SMMUEN once the stream table is ready, or GBPA.ABORT to 0 to let transactions pass until then.',
  'gbpa.oas': 'The device must send no address above the output address size, IDR5.OAS.',
  'ste.abort': 'Write an STE whose Config lets the stream pass (4: bypass, 5: stage 1, 6: stage 2, 7: both), then CMD_CFGI_STE and CMD_SYNC. In the stack Config stays so while nothing is attached, or a call was refused: the path has it.',
  'ats.unsupported': 'ATS must stay disabled in the device, or the SMMU must have it (IDR0.ATS).',
  'ats.disabled': 'CR0.SMMUEN must be 1 before ATS is enabled in the device.',
  'translated.disabled': 'CR0.SMMUEN must be 1 before ATS is enabled in the device.',
  'translated.oas': 'The device made the address up: what this SMMU translates to fits IDR5.OAS.',
  'atc.refused': 'Map the page with the rights that the access needs, then CMD_ATC_INV and CMD_SYNC: the device asks anew.',
};

const STALE_HIT = 'A cache answered with what memory no longer says: the invalidation that is named was missing. Fix, in the list of problems, puts it into the steps.';

/** Empty where all is well, or nothing is known. `tail`: its last records, the fault among them; `end`: its end. */
export function remedyOf(tail: readonly TraceRecord[], end: TraceRecord): string {
  if (tail.some(({ kind, verdict }) => kind === 'STALE' && verdict !== STALE.WASTE)) return STALE_HIT;
  const { id } = ruleOf(end.rule);
  return BY_RULE[id] ?? ofStructure(id) ?? ofEvent(tail, end.payload[1] ?? 0);
}

/** A rule of 5.2.2 or 5.4.2: its fields, and who must hear of the change. */
function ofStructure(id: string): string | null {
  const structure = STE_RULES.some((rule) => rule.id === id) ? 'STE' : CD_RULES.some((rule) => rule.id === id) ? 'CD' : null;
  if (structure === null) return null;
  const fields = [...STE_RULES, ...CD_RULES].find((rule) => rule.id === id)!.fields;
  const what = id.endsWith('.v') ? `Write a whole ${structure}, V last` : `Give ${fields.join(', ')} what the rule asks for`;
  return `${what}, then CMD_CFGI_${structure} and CMD_SYNC. Structures (Shift+U) has the fields to write.`;
}

function ofEvent(tail: readonly TraceRecord[], number: number): string {
  const event = EVENTS.cases.find((one) => one.number === number);
  if (event === undefined) return '';
  const recorded = tail.find(({ kind, payload }) => kind === 'EVENT' && (payload[0]! & 0xff) === number)?.payload;
  return explainEvent(event, recorded ?? unrecorded(event, tail))?.remedy ?? '';
}

/** The Class of a fault at stage 2, by what was being fetched. */
const CLASS: Readonly<Record<number, number>> = { [PURPOSE.CD]: 0, [PURPOSE.TT]: 1, [PURPOSE.IN]: 2 };

/** As much of a record that was not made as decides what helps. */
function unrecorded(event: CaseDef, tail: readonly TraceRecord[]): Uint32Array {
  const words = new Uint32Array(event.bytes / 4);
  const fault = tail.find(({ kind }) => kind === 'FAULT');
  const set = (name: string, value: FieldValue): void => {
    if (event.fields.some((field) => field.name === name)) setField(event, name, value, words, 0);
  };
  set('StreamID', fault?.sid ?? 0);
  set('S2', fault?.stage === 2);
  set('Class', CLASS[fault?.purpose ?? PURPOSE.IN] ?? 2);
  return words;
}
