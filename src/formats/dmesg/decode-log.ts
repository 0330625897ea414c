import { fromWords, hex } from '../../model/base/address.ts';
import { fail, ok } from '../../model/base/result.ts';
import type { LabError, Result } from '../../model/base/result.ts';
import { checkValues, commandName, encode, EVENTS, fieldOf, PRI_ENTRY, REGISTERS } from '../../model/spec/index.ts';
import type { CaseDef, FieldValue, RecordDef } from '../../model/spec/index.ts';
import { decodeAs, decodeEvent as decodeEventRecord, decodeWith } from '../words/decode-as.ts';
import { decodeFields, toWords32, wordText } from '../words/decoded.ts';
import type { DecodedField, DecodedRecord } from '../words/decoded.ts';
import { parseKernelLog } from './parse.ts';
import type { EventText, LoggedCommand, LoggedCommandError, LoggedEvent, LoggedGlobalError, LoggedMessage, LoggedPageRequest, LoggedRecord } from './records.ts';

/** What the driver prints for an event that it has no name for. */
const NAMELESS = 'UNKNOWN';
/** The driver's words for Class. */
const CAUSES: Readonly<Record<string, number>> = { 'CD fetch': 0, 'Stage 1 translation table fetch': 1, 'Input address caused fault': 2 };

function register(name: string): RecordDef {
  const found = REGISTERS.get(name);
  if (found === undefined) throw new Error(`no register ${name} in the table`);
  return found;
}
const GERROR = register('GERROR');
const CMDQ_CONS = register('CMDQ_CONS');

/** The fields that the driver printed, as far as the event has them. */
function valuesOf(event: CaseDef, text: EventText): Record<string, FieldValue> {
  const { access } = text;
  const page = (address: bigint): bigint => address & ~0xfffn;
  const values: Record<string, FieldValue | undefined> = {
    StreamID: text.sid,
    SubstreamID: text.ssid,
    SSV: text.ssid !== 0,
    InputAddr: text.iova,
    IPA: text.ipa === undefined ? undefined : page(text.ipa),
    FetchAddr: text.fetchAddr === undefined ? undefined : text.fetchAddr & ~7n,
    PnU: access?.privileged,
    InD: access?.instruction,
    RnW: access?.read,
    S2: access?.stage2,
    Class: access === undefined ? undefined : CAUSES[access.cause],
    Stall: access?.stall,
    STAG: access?.stag,
  };
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, FieldValue] => entry[1] !== undefined && fieldOf(event, entry[0]) !== undefined));
}

/** An event of which only the driver's own decoding is in the log: its words are made again from that. */
function eventFromText(text: EventText): Result<DecodedRecord> {
  const event = EVENTS.byName.get(text.name);
  if (event === undefined) return fail('no-event', `an event that the driver calls ${text.name}, without its words: they are needed to name it`);
  const values = checkValues(event, valuesOf(event, text));
  if (!values.ok) return values;
  const words = new Uint32Array(event.bytes / 4);
  encode(event, values.value, words, 0);
  const whole = [0, 2, 4, 6].map((at) => fromWords(words[at + 1]!, words[at]!));
  return ok(decodeEventRecord(event, whole, ['made from the line that the driver decoded: the words are not in the log']));
}

function decodeEvent({ words, text }: LoggedEvent): Result<DecodedRecord> {
  if (words === null) return text === null ? fail('no-event', 'an event without words') : eventFromText(text);
  const decoded = decodeAs('event', words);
  if (!decoded.ok || text === null || text.name === decoded.value.type) return decoded;
  const note = text.name === NAMELESS ? `the driver has no name for it and prints ${NAMELESS}` : `the driver calls it ${text.name}`;
  return ok({ ...decoded.value, notes: [...(decoded.value.notes ?? []), note] });
}

const SKIPPED = {
  cause: 'The command queue stopped at this command; the driver wrote a CMD_SYNC over it and let the queue go on.',
  remedy: 'What the command should have done was not done. A CERROR_ILL means an opcode, a field or a feature that this SMMU does not have (4.1.3), or a queue whose memory was overwritten.',
};

/** CMDQ_CONS.ERR (7.1). */
const ERRORS: Readonly<Record<string, { cause: string; remedy: string }>> = {
  CERROR_NONE: { cause: 'GERROR said that the command queue had stopped, but CMDQ_CONS shows no error.', remedy: 'The error was acknowledged before CMDQ_CONS was read; the messages before this one tell more.' },
  CERROR_ILL: { cause: 'The command at CMDQ_CONS.RD is illegal: an opcode, a field or a feature that this SMMU does not have.', remedy: 'The words that the driver prints behind name the command. Compare what it needs with the ID registers; words that are no command at all point at overwritten memory.' },
  CERROR_ABT: { cause: 'Reading the command at CMDQ_CONS.RD ended with an external abort.', remedy: 'CMDQ_BASE must be memory that the SMMU may read.' },
  CERROR_ATC_INV_SYNC: { cause: 'A CMD_SYNC could not complete: a device did not answer a CMD_ATC_INV before it.', remedy: 'One of the devices invalidated since the CMD_SYNC before is gone, in reset or hung; the SMMU does not say which. Its translations are still in its ATC: it must not do DMA until it is reset.' },
};

/** The command that stopped the queue; that its opcode does not exist may be the reason. */
function decodeCommand({ words }: LoggedCommand): DecodedRecord {
  const decoded = decodeAs('cmd', words);
  if (decoded.ok) return { ...decoded.value, ...SKIPPED };
  const type = commandName(Number(words[0]! & 0xffn));
  return { kind: 'cmd', type, title: type, section: '4.1.3', words: words.map(wordText), fields: [], notes: ['no command has this opcode: CERROR_ILL'], ...SKIPPED };
}

function decodeCommandError({ value, reason }: LoggedCommandError): DecodedRecord {
  const decoded = decodeWith('cmdq-error', CMDQ_CONS, [BigInt(value)], [`the driver says: ${reason}`]);
  const type = decoded.fields.find((field) => field.name === 'ERR')?.value ?? decoded.type;
  return { ...decoded, type, section: '7.1', ...ERRORS[type] };
}

const globalError = (active: readonly DecodedField[]): { cause: string; remedy: string } =>
  active.length === 0
    ? { cause: 'The interrupt of GERROR came, but no error is active.', remedy: 'Another handler was faster; nothing is to be done.' }
    : { cause: `Active: ${active.map(({ name, doc }) => `${name}, ${doc}`).join(' ')}`, remedy: 'The messages that follow say what each of them is about; the driver then acknowledges them in GERRORN.' };

/** Named after the errors that are active. */
function decodeGlobalError({ value }: LoggedGlobalError): DecodedRecord {
  const active = decodeFields(GERROR, toWords32([BigInt(value)])).filter((field) => field.json === 1);
  return { ...decodeWith('gerror', GERROR, [BigInt(value)]), type: active.map((field) => field.name).join(' ') || 'GERROR', ...globalError(active) };
}

function decodeMessage({ type, text, explanation: { section, cause, remedy } }: LoggedMessage): DecodedRecord {
  return { kind: 'message', type, title: type, section, words: [], fields: [], notes: [text], cause, ...(remedy === '' ? {} : { remedy }) };
}

/** Linux has no handler for page requests: what reaches its PRI queue it refuses. */
function decodeRequest({ text }: LoggedPageRequest): Result<DecodedRecord> {
  const { sid, ssid, group, last, privileged, read, write, execute, iova } = text;
  const values = checkValues(PRI_ENTRY, { StreamID: sid, SubstreamID: ssid, SSV: ssid !== 0, Priv: privileged, X: execute, R: read, W: write, Last: last, PRGIndex: group, Address: iova & ~0xfffn });
  if (!values.ok) return values;
  const words = new Uint32Array(PRI_ENTRY.bytes / 4);
  encode(PRI_ENTRY, values.value, words, 0);
  const whole = [0, 2].map((at) => fromWords(words[at + 1]!, words[at]!));
  return ok({
    ...decodeWith('pri', PRI_ENTRY, whole, ['made from the line that the driver printed']),
    cause: `StreamID ${hex(sid)} asked for the page ${hex(iova)} (ATS with PRI), and this driver handles no page requests.`,
    remedy: 'The driver answers the last request of the group with failure. PRI must not be enabled in the device, or a kernel that binds PASIDs with page faults is needed.',
  });
}

function decodeLogged(record: LoggedRecord): Result<DecodedRecord> {
  switch (record.kind) {
    case 'event':
      return decodeEvent(record);
    case 'cmd':
      return ok(decodeCommand(record));
    case 'cmdq-cons':
      return ok(decodeCommandError(record));
    case 'gerror':
      return ok(decodeGlobalError(record));
    case 'message':
      return ok(decodeMessage(record));
    case 'pri':
      return decodeRequest(record);
  }
}

/** Everything that Linux's SMMUv3 driver says in a kernel log, decoded; what it says that cannot be used, with its lines. */
export function decodeLog(text: string): { records: DecodedRecord[]; problems: LabError[] } {
  const { records, problems } = parseKernelLog(text);
  const decoded: DecodedRecord[] = [];
  const errors: LabError[] = problems.map(({ line, message }) => ({ code: 'bad-log-line', message, at: { line } }));
  for (const record of records) {
    const one = decodeLogged(record);
    if (one.ok) decoded.push({ ...one.value, line: record.line });
    else errors.push({ ...one.error, at: { line: record.line } });
  }
  return { records: decoded, problems: errors.sort((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0)) };
}
