/** Why a transaction ended as it did: one sentence with the rule, its section and the values that decided it. */
import { hex } from '../base/address.ts';
import type { PhysicalMemory } from '../memory/physical-memory.ts';
import type { Outcome, Transaction } from '../smmu/outcome.ts';
import type { Features } from '../spec/features.ts';
import { caseOf, CD, CD_RULES, decode, EVENTS, fieldOf, RULES, STE, STE_RULES } from '../spec/index.ts';
import type { CaseDef, FieldValue, Rule } from '../spec/index.ts';
import { wordsOf } from './configuration.ts';

/** Where the structures of a transaction lie, for the values in a rule about them. */
export interface StructurePlaces {
  readonly memory: PhysicalMemory;
  readonly features: Features;
  /** PA of the STE and of the CD; null when there is none or it cannot be told. */
  readonly ste: bigint | null;
  readonly cd: bigint | null;
  /** The last descriptor that a walk of a stage for an address reads from memory as it is now. */
  descriptor?(stage: 1 | 2, address: bigint): DescriptorNow | null;
}

export interface DescriptorNow {
  readonly level: number;
  /** Where it lies. */
  readonly pa: bigint;
  readonly word: bigint;
}

/** The record of a fault by field, or null when none was made. */
export interface EventFields {
  readonly name: string;
  readonly values: Readonly<Record<string, FieldValue>>;
  readonly class: 'CD' | 'TT' | 'IN' | null;
}

/** Decodes the event record of an outcome. */
export function eventOf(outcome: Outcome): EventFields | null {
  const [words] = outcome.events;
  const record = words === undefined ? null : caseOf(EVENTS, words, 0);
  if (words === undefined || record === null) return null;
  const values = decode(record, words, 0);
  return { name: record.id, values, class: classOf(record, values) };
}

function classOf(record: CaseDef, values: Readonly<Record<string, FieldValue>>): EventFields['class'] {
  const name = fieldOf(record, 'Class')?.values?.[Number(values['Class'])]?.[0];
  return name === 'CD' || name === 'TT' || name === 'IN' ? name : null;
}


const SUBJECT = { CD: 'fetching the CD', TT: 'reading a stage 1 table', IN: 'translating the final IPA' } as const;

/** `at stage 2, fetching the CD, IPA page 0x80002000`. */
function circumstances(outcome: Outcome, event: EventFields | null): string {
  const stage = outcome.fault?.stage ?? 0;
  const parts = stage === 0 ? [] : [`at stage ${stage}`];
  if (stage === 2 && event?.class != null) parts.push(event.values['TTRnW'] === false && event.name === 'F_PERMISSION' && event.class === 'TT' ? 'updating a stage 1 descriptor' : SUBJECT[event.class]);
  if (event?.values['S2'] === true && typeof event.values['IPA'] === 'bigint') parts.push(`IPA page ${hex(event.values['IPA'])}`);
  const fetched = event?.values['FetchAddr'];
  if (typeof fetched === 'bigint') parts.push(`reading PA ${hex(fetched)}`);
  return parts.join(', ');
}

const words = (places: StructurePlaces, at: bigint | null, bytes: number): Uint32Array | null => {
  const read = at === null ? null : places.memory.readBytes(at, bytes);
  return read === null ? null : wordsOf(read);
};

/** What a rule about the STE or CD says of this one. */
function structureText(rule: Rule, places: StructurePlaces | null): string | null {
  const ste = places === null ? null : words(places, places.ste, STE.bytes);
  if (places === null || ste === null) return null;
  const steRule = STE_RULES.find((one) => one.id === rule.id);
  if (steRule?.violated(ste, 0, places.features) === true) return steRule.message(ste, 0, places.features);
  const cd = words(places, places.cd, CD.bytes);
  const cdRule = CD_RULES.find((one) => one.id === rule.id);
  if (cd === null || cdRule?.violated(cd, 0, ste, 0, places.features) !== true) return null;
  return cdRule.message(cd, 0, ste, 0, places.features);
}

/** Rules that one descriptor decided. */
const BY_DESCRIPTOR = /^s[12]\.(invalid|reserved|output-size|table-size|access-flag|permission-\w+|pan|ptw-device)$/;

/** Memory as it is now: a fault that a TLB entry caused can contradict it, which is worth seeing. */
function descriptorText(iova: bigint, outcome: Outcome, event: EventFields | null, places: StructurePlaces | null): string {
  const stage = outcome.fault?.stage ?? 0;
  const address = stage === 1 ? iova : event?.values['IPA'];
  if (stage === 0 || typeof address !== 'bigint' || !BY_DESCRIPTOR.test(outcome.rule)) return '';
  const now = places?.descriptor?.(stage, address) ?? null;
  return now === null ? '' : ` The level ${now.level} descriptor at PA ${hex(now.pa)} is now ${hex(now.word)}.`;
}

/** The sentence of a rule with its section before the full stop. */
const cited = (text: string, rule: Rule | undefined): string => {
  const section = rule === undefined || rule.section === '' ? '' : ` (IHI 0070 ${rule.section})`;
  return `${text.replace(/\.$/, '')}${section}.`;
};

/** The sentence for a transaction; `places` lets it quote the STE or CD that a rule is about. */
export function explain(transaction: Transaction, outcome: Outcome, places: StructurePlaces | null = null): string {
  const rule = RULES.find((one) => one.id === outcome.rule);
  const iova = hex(transaction.iova);
  const doc = rule === undefined ? '' : (structureText(rule, places) ?? rule.doc);
  if (outcome.status === 'success' || outcome.status === 'bypass') {
    const size = outcome.pageSize === undefined ? '' : `, ${hex(outcome.pageSize)} bytes alike`;
    const attributes = outcome.attributes === undefined ? '' : `, ${outcome.attributes}`;
    const updates = outcome.updates === 0 ? '' : `, flags of ${outcome.updates} updated by hardware`;
    return `${iova} is PA ${hex(outcome.pa ?? 0n)}${size}${attributes}; ${outcome.reads} reads${updates}. ${cited(doc, rule)}`;
  }
  const event = eventOf(outcome);
  const what = outcome.fault === undefined ? 'Aborted without event' : outcome.fault.name;
  const where = circumstances(outcome, event);
  const lost = outcome.fault !== undefined && !outcome.fault.recorded ? ' No event was recorded.' : '';
  return `${what} for ${iova}${where === '' ? '' : ` ${where}`}: ${cited(doc, rule)}${descriptorText(transaction.iova, outcome, event, places)}${lost}`;
}
