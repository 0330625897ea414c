/** QEMU's trace of its SMMUv3 (`-trace 'smmu*'`, log or simpletrace output) as records. */
import { COMMANDS, EVENTS, registerAt } from '../../model/spec/index.ts';
import type { LabError } from '../../model/base/result.ts';
import { decodeWith } from '../words/decode-as.ts';
import type { DecodedText } from '../words/decoded-text.ts';
import type { DecodedField, DecodedRecord } from '../words/decoded.ts';
import { fact } from '../words/facts.ts';
import { sourceLines } from '../text/source-lines.ts';
import { TRACE_EVENTS } from './events.ts';

/** What may come before an event: `pid@seconds:`, a thread's name, a time. */
const LINE = /^(?:\S*\d+@\d+\.\d+:|\[[^\]]*\]\s*|[\d:.]+\s+)?(smmu(?:v3)?_[a-z0-9_]+)(?:\s+(.*))?$/;
const PAIR = /([A-Za-z_][\w@.]*(?: (?:address|size|rate|level))?)\s*[=:]\s*(0x[0-9a-fA-F]+|-?\d+|[^\s,()]+)/g;
/** What simpletrace puts before the arguments. */
const OWN = new Set(['pid']);
const OPCODE = /<--- (?:SMMU_)?(CMD_\w+)/;
const RECORDED = /^(?:type=)?"?(?:SMMU_EVT_|SMMU_)?([CFE]_\w+)"?\s+sid\s*=\s*(0x[0-9a-f]+|\d+)/;

function valueOf(text: string): bigint | number | string {
  if (/^0x[0-9a-f]+$/i.test(text)) return BigInt(text);
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

const factsOf = (rest: string): DecodedField[] =>
  [...rest.matchAll(PAIR)].filter(([, name]) => !OWN.has(name!)).map(([, name, value]) => fact(name!, valueOf(value!)));

/** A register that software read or wrote, with its fields. */
function access(name: string, facts: readonly DecodedField[]): DecodedRecord | null {
  const number = (field: string): bigint | null => {
    const found = facts.find((one) => one.name === field);
    return found === undefined || (typeof found.json === 'string' && !found.json.startsWith('0x')) ? null : BigInt(found.raw);
  };
  const [offset, value] = [number('addr'), number('val')];
  if (offset === null || value === null || offset > 0xffff_ffffn || value >> 64n !== 0n) return null;
  const register = registerAt(Number(offset));
  const how = name === 'smmuv3_read_mmio' ? 'read' : 'written';
  if (register === null) return { kind: 'trace', type: name, title: name, section: '6.1', words: [], fields: facts, cause: `Offset 0x${offset.toString(16)} was ${how}; no register is there.` };
  return { ...decodeWith('register', register, [value]), notes: [`${how} at offset 0x${offset.toString(16)}`] };
}

function recorded(rest: string): DecodedRecord | null {
  const match = RECORDED.exec(rest);
  const event = match === null ? undefined : EVENTS.byName.get(match[1]!);
  if (event === undefined) return null;
  return {
    kind: 'trace', type: event.id, title: event.title, section: event.section, words: [], fields: [fact('StreamID', Number(match![2]))],
    cause: event.doc, notes: ['QEMU recorded this event; the trace has its name and its stream, the event queue its words'],
    remedy: 'The translation before it in the trace has the address; the words are in guest memory at EVENTQ_BASE.',
  };
}

function command(rest: string): DecodedRecord | null {
  const name = OPCODE.exec(rest)?.[1];
  const known = name === undefined ? undefined : (COMMANDS.byName.get(name) ?? COMMANDS.byName.get(name === 'CMD_CFGI_ALL' ? 'CMD_CFGI_STE_RANGE' : ''));
  if (name === undefined) return null;
  return { kind: 'trace', type: name, title: known?.title ?? name, section: known?.section ?? '4.1.1', words: [], fields: [], cause: 'The SMMU consumed this command.' };
}

function recordOf(name: string, rest: string): DecodedRecord | null {
  const facts = factsOf(rest);
  if (name === 'smmuv3_read_mmio' || name === 'smmuv3_write_mmio') return access(name, facts);
  if (name === 'smmuv3_record_event') return recorded(rest);
  if (name === 'smmuv3_cmdq_opcode') return command(rest);
  const known = TRACE_EVENTS[name];
  if (known === undefined) return null;
  const { section, doc, remedy } = known;
  return { kind: 'trace', type: name, title: name, section, words: [], fields: facts, cause: doc, ...(remedy === undefined ? {} : { remedy }) };
}

export const isQemuTrace = (text: string): boolean => /^(?:\S*\d+@\d+\.\d+:|\[[^\]]*\]\s*|[\d:.]+\s+)?smmu(?:v3)?_(?:read_mmio|write_mmio|translate_\w+|cmdq_\w+|find_ste|get_ste|ptw_\w+|get_pte|iotlb_\w+|config_cache_\w+|record_event|add_mr|trigger_irq)\b/m.test(text);

/** Lines that are no trace of an SMMU are passed over; those that are and cannot be used are reported. */
export function readQemuTrace(text: string): DecodedText {
  const records: DecodedRecord[] = [];
  const problems: LabError[] = [];
  for (const { number, text: line } of sourceLines(text)) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const record = recordOf(match[1]!, match[2] ?? '');
    if (record !== null) records.push({ ...record, line: number });
    else problems.push({ code: 'bad-trace-line', message: `a trace event of the SMMU that is not known, or not whole: "${line.slice(0, 120)}"`, at: { line: number } });
  }
  return { records, problems };
}
