/** Fields of transactions, and of trace records as such. */
import { eventName, MISUSES, RULES } from '../model/spec/index.ts';
import { ATC_VERDICTS, COMPLETION_NAMES, ENDING, KIND, PAGE_RESPONSE_NAMES, PAYLOAD, PPR_NAMES, RESPONSE_NAMES, SPACE, STATUS_NAMES, TRANSACTION_NAMES, TYPE_SHIFT } from '../model/trace/record.ts';
import { bitsAt, defineField, namesOf, wideAt } from './field.ts';
import type { Field, FieldSpec, Guard, Place } from './field.ts';
import { kindIs } from './structure-fields.ts';
import { ENDED, HAS_IPA, HAS_PA, HAS_VMID, RESULT_BITS, STALE_HIT, TXN } from './transaction-row.ts';

/** Numbers of devices by name: those of the lab, which only its host knows. */
export type Devices = Iterable<readonly [sid: number, name: string]>;

type What = Omit<FieldSpec, 'places'>;

const number = (name: string, doc: string, bits = 32): What => ({ name, type: 'number', bits, doc });
const address = (name: string, doc: string): What => ({ name, type: 'address', bits: 64, doc });

const WHAT = {
  txn: number('txn', 'Number of the transaction, from 1.'),
  step: number('step', 'Step of the lab document that made the transaction, from 1; 0: none.'),
  seq: number('seq', 'Position in the trace, from 0.'),
  sid: number('sid', 'StreamID.'),
  ssid: number('ssid', 'SubstreamID, where the transaction has one.', 20),
  iova: address('iova', 'Address that the device issued.'),
  ipa: address('ipa', 'Output of stage 1, where stage 2 was asked for it.'),
  pa: address('pa', 'Physical address that was reached.'),
  rule: { name: 'rule', type: 'enum', bits: 9, doc: 'The rule that decided.', values: namesOf([...RULES.entries()].filter(([at]) => at > 0).map(([at, { id }]) => [at, id])) },
  // RnW and InD, in this order: instruction fetches are reads.
  access: { name: 'access', type: 'enum', bits: 2, doc: 'What the device did.', values: namesOf([[0, 'write'], [1, 'execute'], [2, 'read'], [3, 'execute']]) },
  type: { name: 'type', type: 'enum', bits: 2, doc: 'What arrived: an untranslated transaction, an ATS translation request, an ATS Translated transaction, or a prefetch by a command.', values: namesOf(TRANSACTION_NAMES.entries()) },
  privileged: { name: 'privileged', aliases: ['priv'], type: 'flag', bits: 1, doc: 'The access was privileged.' },
  stale: { name: 'stale', aliases: ['tlb.stale'], type: 'flag', bits: 1, doc: 'A cache entry answered otherwise than memory would.' },
  length: number('length', 'Bytes of the transaction.'),
  status: { name: 'status', type: 'enum', bits: 3, doc: 'What came of the transaction.', values: namesOf(STATUS_NAMES.entries()) },
  response: { name: 'response', type: 'enum', bits: 2, doc: 'What the device sees.', values: namesOf(RESPONSE_NAMES.entries()) },
  pageSize: { name: 'pageSize', type: 'number', bits: 64, exponent: true, doc: 'Bytes that translate alike, such as 4K or 2M.' },
  event: { name: 'event', type: 'enum', bits: 8, doc: 'The event that the transaction ended in, recorded or not.', values: namesOf(Array.from({ length: 255 }, (_, at) => [at + 1, eventName(at + 1)])) },
  reads: { ...number('reads', 'Reads of structures and tables in memory that the transaction took.', 16), aliases: ['walk.reads'] },
  vmid: number('vmid', 'S2VMID of the STE that the transaction used, where an STE was read for it.', 16),
} as const satisfies Record<string, What>;

const placed = (what: What, places: readonly Place[], more: Partial<Field> = {}): Field => defineField({ ...what, ...more, places });

const device = (devices: Devices, places: readonly Place[]): Field =>
  defineField({ name: 'device', type: 'enum', bits: 32, doc: 'The device, by its name in the host document.', values: namesOf(devices), places });

const known = (bit: number): Guard => ({ word: TXN.RESULT, shift: Math.log2(bit), width: 1, among: [1] });
const result = ([shift, width]: readonly [number, number], ...guards: Guard[]): Place => bitsAt('transaction', TXN.RESULT, shift, width, [known(ENDED), ...guards]);
const client = (shift: number, width: number, ...guards: Guard[]): Place => bitsAt('transaction', TXN.CLIENT, shift, width, guards);
const nonzero = (shift: number, width: number): Guard => ({ word: TXN.RESULT, shift, width, among: 'nonzero' });
const isSuccess: Guard = { word: TXN.RESULT, shift: RESULT_BITS.STATUS[0], width: RESULT_BITS.STATUS[1], among: [0] };

/** Fields read from the row of a transaction; the columns are those of the stored table `transaction_row`. */
export function transactionFields(devices: Devices): readonly Field[] {
  return [
    placed(WHAT.txn, [bitsAt('transaction', TXN.NUMBER, 0, 32)], { column: 'txn' }),
    placed(WHAT.step, [bitsAt('transaction', TXN.STEP, 0, 32)], { column: 'step' }),
    placed(WHAT.seq, [bitsAt('transaction', TXN.FIRST, 0, 32)], { column: 'seq' }),
    placed(WHAT.sid, [bitsAt('transaction', TXN.SID, 0, 32)], { column: 'sid' }),
    placed(WHAT.ssid, [client(0, 20, { word: TXN.CLIENT, shift: 31, width: 1, among: [1] })], { column: 'ssid' }),
    { ...device(devices, [bitsAt('transaction', TXN.SID, 0, 32)]), column: 'sid' },
    placed(WHAT.vmid, [bitsAt('transaction', TXN.READS, 16, 16, [known(HAS_VMID)])], { column: 'vmid' }),
    placed(WHAT.iova, [wideAt('transaction', TXN.IOVA)], { column: 'iova' }),
    placed(WHAT.ipa, [wideAt('transaction', TXN.IPA, [known(HAS_IPA)])], { column: 'ipa' }),
    placed(WHAT.pa, [wideAt('transaction', TXN.PA, [known(HAS_PA)])], { column: 'pa' }),
    placed(WHAT.access, [client(29, 2)], { column: 'access' }),
    placed(WHAT.type, [client(TYPE_SHIFT, 2)], { column: 'type' }),
    placed(WHAT.privileged, [client(28, 1)], { column: 'privileged' }),
    placed(WHAT.stale, [client(Math.log2(STALE_HIT), 1)], { column: 'stale' }),
    placed(WHAT.length, [bitsAt('transaction', TXN.LENGTH, 0, 32)], { column: 'length' }),
    placed(WHAT.status, [result(RESULT_BITS.STATUS)], { column: 'status' }),
    placed(WHAT.response, [result(RESULT_BITS.RESPONSE)], { column: 'response' }),
    placed(WHAT.pageSize, [result(RESULT_BITS.SHIFT, isSuccess)], { column: 'page_shift' }),
    placed(WHAT.event, [result(RESULT_BITS.EVENT, nonzero(...RESULT_BITS.EVENT))], { column: 'event' }),
    placed(WHAT.reads, [bitsAt('transaction', TXN.READS, 0, 16, [known(ENDED)])], { column: 'reads' }),
    placed(WHAT.rule, [result(RESULT_BITS.RULE, nonzero(...RESULT_BITS.RULE))], { column: 'rule' }),
  ];
}

/** Fields of a transaction that an event takes from its own record instead: not every event is of a transaction. */
export function eventOwnFields(): readonly Field[] {
  const isEvent = kindIs(KIND.EVENT);
  return [
    placed(WHAT.seq, [bitsAt('record', 1, 0, 32)], { column: 'seq' }),
    placed(WHAT.sid, [bitsAt('record', PAYLOAD + 1, 0, 32, [isEvent])]),
    placed(WHAT.ssid, [bitsAt('record', PAYLOAD, 12, 20, [isEvent, { word: PAYLOAD, shift: 11, width: 1, among: [1] }])]),
  ];
}

/** The device of an event is that of its StreamID. */
export const eventDevice = (devices: Devices): Field => device(devices, [bitsAt('record', PAYLOAD + 1, 0, 32, [kindIs(KIND.EVENT)])]);

const bits = (word: number, shift: number, width: number, ...guards: Guard[]): Place => bitsAt('record', word, shift, width, guards);
const inSpace = (space: number): Guard => ({ word: 0, shift: 13, width: 3, among: [space] });
const ofTransaction: Guard = { word: 2, shift: 0, width: 32, among: 'nonzero' };
const isEnd = kindIs(KIND.TXN_END);
/** The end of a transaction that has one record. */
const ending = ([shift, width]: readonly [number, number], ...guards: Guard[]): Place => bits(PAYLOAD + 4, shift, width, kindIs(KIND.TXN), ...guards);
const hasEvent: Guard = { word: PAYLOAD + 4, shift: ENDING.EVENT[0], width: ENDING.EVENT[1], among: 'nonzero' };

/** Fields of a trace record of any kind. */
export function recordFields(devices: Devices): readonly Field[] {
  return [
    defineField({ name: 'kind', type: 'enum', bits: 8, doc: 'What the record tells of.', values: namesOf(Object.entries(KIND).map(([name, at]) => [at, name])), places: [bits(0, 0, 8)], column: 'kind' }),
    placed(WHAT.seq, [bits(1, 0, 32)], { column: 'seq' }),
    placed(WHAT.txn, [bits(2, 0, 32, ofTransaction)]),
    defineField({ name: 'stage', type: 'number', bits: 2, doc: 'Stage of translation: 1 or 2; 0: neither.', places: [bits(0, 8, 2)] }),
    defineField({ name: 'level', type: 'number', bits: 3, doc: 'Level of the table, 0 to 3, where there is one.', places: [bits(0, 10, 3, { word: 0, shift: 10, width: 3, among: [0, 1, 2, 3] })] }),
    placed(WHAT.rule, [bits(3, 0, 9, { word: 3, shift: 0, width: 9, among: 'nonzero' })]),
    placed(WHAT.sid, [bits(4, 0, 32, ofTransaction)]),
    placed(WHAT.ssid, [bits(5, 0, 20, { word: 5, shift: 31, width: 1, among: [1] })]),
    device(devices, [bits(4, 0, 32, ofTransaction)]),
    placed(WHAT.access, [bits(5, 29, 2, ofTransaction)]),
    placed(WHAT.type, [bits(5, TYPE_SHIFT, 2, ofTransaction)]),
    placed(WHAT.privileged, [bits(5, 28, 1, ofTransaction)]),
    placed(WHAT.iova, [wideAt('record', 6, [inSpace(SPACE.IOVA)])]),
    placed(WHAT.ipa, [wideAt('record', 6, [inSpace(SPACE.IPA)])]),
    placed(WHAT.pa, [wideAt('record', 6, [inSpace(SPACE.PA)]), wideAt('record', PAYLOAD + 2, [kindIs(KIND.TXN)])]),
    defineField({ name: 'misuse', type: 'enum', bits: 8, doc: 'What software did that the architecture promises nothing about.', values: namesOf(MISUSES.map(({ number: at, id }) => [at, id])), places: [bits(PAYLOAD, 0, 8, kindIs(KIND.MISUSE))] }),
    defineField({ name: 'ats.completion', type: 'enum', bits: 4, doc: 'How a translation request was answered.', section: '3.9.1.2', values: namesOf(COMPLETION_NAMES.entries()), places: [bits(0, 16, 4, kindIs(KIND.ATS))] }),
    defineField({ name: 'atc.what', type: 'enum', bits: 4, doc: "What became of a lookup, a fill or an invalidation of a device's ATC.", values: namesOf(ATC_VERDICTS.entries()), places: [bits(0, 16, 4, kindIs(KIND.ATC))] }),
    defineField({ name: 'pri.verdict', type: 'enum', bits: 4, doc: 'What became of a page request.', section: '8.1', values: namesOf(PPR_NAMES.entries()), places: [bits(0, 16, 4, kindIs(KIND.PPR))] }),
    defineField({ name: 'pri.response', type: 'enum', bits: 4, doc: 'How a group of page requests was answered.', section: '4.5.2', values: namesOf(PAGE_RESPONSE_NAMES.entries()), places: [bits(0, 16, 4, kindIs(KIND.PRI_RESPONSE))] }),
    placed(WHAT.length, [bits(PAYLOAD, 0, 32, kindIs(KIND.TXN_BEGIN, KIND.MEM_WRITE, KIND.TXN))]),
    placed(WHAT.status, [bits(PAYLOAD, 0, 3, isEnd), ending(ENDING.STATUS)]),
    placed(WHAT.event, [bits(PAYLOAD + 1, 0, 8, isEnd, { word: PAYLOAD + 1, shift: 0, width: 8, among: 'nonzero' }), ending(ENDING.EVENT, hasEvent)]),
    placed(WHAT.reads, [bits(PAYLOAD + 6, 0, 16, kindIs(KIND.TXN_END, KIND.TXN))]),
  ];
}
