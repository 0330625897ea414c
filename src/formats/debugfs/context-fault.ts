/**
 * What the parser of Qualcomm's RAM dumps writes with `--smmu-s1-fault`: context faults of an SMMUv2, taken from the kernel's log. That SMMU has
 * no stream table, so there is no structure to look at: the record says what the registers said.
 */
import { sourceLines } from '../text/source-lines.ts';
import type { DecodedText } from '../words/decoded-text.ts';
import type { DecodedField, DecodedRecord } from '../words/decoded.ts';
import { fact } from '../words/facts.ts';

const ROWS: readonly (readonly [RegExp, string])[] = [
  [/^Faulting I\/O Virtual Address \(SMMU_CBn_FAR\):\s*(0x[0-9a-f]{1,16})/i, 'FAR'],
  [/^Fault Status Register \(SMMU_CBn_FSR\):\s*(0x[0-9a-f]{1,16})/i, 'FSR'],
  [/^Fault Syndrome Register 0 \(SMMU_CBn_FSYNR0\):\s*(0x[0-9a-f]{1,16})/i, 'FSYNR0'],
  [/^Context Bank Fault Restricted Syndrome Register \(SMMU_CBFRSYNRA\):\s*(0x[0-9a-f]{1,16})/i, 'CBFRSYNRA'],
  [/^System Control Register \(SMMU_CBn_SCTLR\):\s*(0x[0-9a-f]{1,16})/i, 'SCTLR'],
  [/^Context bank:\s*(\d{1,3}|0x[0-9a-f]{1,3})/i, 'context bank'],
  [/^Software table walk result:\s*(0x[0-9a-f]{1,16})/i, 'table walk of the driver'],
  [/^SMMU table walk result:\s*(0x[0-9a-f]{1,16})/i, 'table walk of the SMMU'],
];
const FIRST = /^(?:Unhandled .*fault|Faulting I\/O Virtual Address)/;
const ANSWERS = /^\s*\| (Fault type|Type of fault|Translation Table Level):\s+(.+?)\s*$/;

interface Fault {
  readonly line: number;
  readonly fields: DecodedField[];
  readonly said: Map<string, string>;
}

function recordOf({ line, fields, said }: Fault): DecodedRecord {
  const value = (name: string): string | undefined => fields.find((one) => one.name === name)?.value;
  const [soft, hard] = [value('table walk of the driver'), value('table walk of the SMMU')];
  const walks = soft === undefined || hard === undefined ? '' : soft === hard ? ` Driver and SMMU walk to the same: ${soft}.` : ` The driver walks to ${soft}, the SMMU to ${hard}: the mapping changed meanwhile, or its TLB is stale.`;
  const what = said.get('Fault type') ?? 'fault';
  return {
    kind: 'fault', type: 'context fault', title: 'a context fault of an SMMUv2', section: '', words: [], line, fields,
    cause: `${said.get('Type of fault') ?? 'An access'} at IOVA ${value('FAR') ?? 'unknown'}: ${what}${said.has('Translation Table Level') ? `, ${said.get('Translation Table Level')!}` : ''}.${walks}`,
    notes: ['this SMMU is no SMMUv3: it has context banks in place of STEs and CDs'],
  };
}

export const isContextFault = (text: string): boolean => /^Faulting I\/O Virtual Address \(SMMU_CBn_FAR\):/m.test(text);

export function readContextFaults(text: string): DecodedText {
  const faults: Fault[] = [];
  const open = (line: number): Fault => {
    const fault: Fault = { line, fields: [], said: new Map() };
    faults.push(fault);
    return fault;
  };
  for (const { number, text: line } of sourceLines(text)) {
    const last = faults.at(-1);
    if (FIRST.test(line) && (last === undefined || last.fields.some(({ name }) => name === 'FAR') || line.startsWith('Unhandled'))) open(number);
    const fault = faults.at(-1);
    if (fault === undefined) continue;
    for (const [pattern, name] of ROWS) {
      const match = pattern.exec(line);
      if (match !== null) fault.fields.push(fact(name, BigInt(match[1]!)));
    }
    const answer = ANSWERS.exec(line);
    if (answer !== null) fault.said.set(answer[1]!, answer[2]!);
  }
  return { records: faults.filter(({ fields }) => fields.length > 0).map(recordOf), problems: [] };
}
