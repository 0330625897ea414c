/**
 * What debugfs files of SMMUv3 drivers print. No such file is in Linux; the forms read here are those of the series "Add debug
 * interfaces for SMMUv3" (2021), of the one of 2025 with a directory for each stream, of a walker (Cix), and of a vendor's driver that
 * prints structures and descriptors into the kernel log (X-Ring).
 */
import type { LabError } from '../../model/base/result.ts';
import { hex } from '../../model/base/address.ts';
import { sourceLines } from '../text/source-lines.ts';
import { decodeAs } from '../words/decode-as.ts';
import type { DecodedText } from '../words/decoded-text.ts';
import type { DecodedRecord } from '../words/decoded.ts';
import { fact } from '../words/facts.ts';

const HEADS: readonly (readonly [RegExp, 'ste' | 'cd', (match: RegExpExecArray) => string])[] = [
  [/^SMMUv3 STE values for device: (\S+)$/, 'ste', ([, device]) => `of ${device}`],
  [/^SMMUv3 CD values for device: (\S+), ssid: (0x[0-9a-f]+)$/, 'cd', ([, device, ssid]) => `of ${device}, SubstreamID ${ssid}`],
  [/^STE for Stream ID (\d+)$/, 'ste', ([, sid]) => `of StreamID ${hex(Number(sid))}`],
  [/^(?:CD|Context Descriptor) for Stream ID (\d+)(?:,? SSID (\d+))?.*$/, 'cd', ([, sid, ssid]) => `of StreamID ${hex(Number(sid))}, SubstreamID ${ssid ?? 0}`],
  [/\bDump sid (\d+) STE:$/, 'ste', ([, sid]) => `of StreamID ${hex(Number(sid))}`],
  [/\bdump ssid:(\d+) cde:\S+$/, 'cd', ([, ssid]) => `of SubstreamID ${ssid}`],
];
/** `0x...`, `STE[0]: 0x...`, `CD[04/32]: 0x...`, `STE[0x20: 04/32]: 0x...` */
const WORD = /^\s*(?:(STE|CD)\[(?:(0x[0-9a-f]+): )?(\d+)(?:\/\d+)?\]: )?(0x[0-9a-f]{16})$/i;
const TABLE = /^SMMUv3 dump page table for device (\S+), stage ([12])(?:, ssid (0x[0-9a-f]+))?:$/;
const MASTER = /^(?:.*\] )?\s*-- master (\S+) --$/;
const LEAF = /^(?:.*\] )?va: ([0-9a-f]{1,16}) -> pa: ([0-9a-f]{1,16})$/;
const SIZED_LEAF = /^(?:.*\] )?va\[(0x[0-9a-f]{1,16})\] -> pa\[(0x[0-9a-f]{1,16})\] len\[(0x[0-9a-f]{1,16})\]$/i;
/** A descriptor of a walk, by the kernel's name of its level; of the last level with its address. */
const WALKED = /USER_DEBUG_INFO: (?:[ij]:\d+, va:(0x[0-9a-f]+), )?(pgd|pud|pmd|pte) = (0x[0-9a-f]{1,16})$/;
const LEVELS: Readonly<Record<string, number>> = { pgd: 0, pud: 1, pmd: 2, pte: 3 };
/** What the kernel's log puts before a line of a device. */
const LOGGED = /^(?:<\d>)?(?:\[\s*[\d.]+\] )?(?:\S+ [^:]*: )?/;
/** Lines that only repeat what the words say. */
const REPEATED = /^\s*(?:Valid|Config|S1ContextPtr|S2ContextPtr|S2TTB|Raw Data|ASID|TTB0|TTBR0|TCR)\b.*$/;

const WORDS = 8;

interface Structure {
  readonly kind: 'ste' | 'cd';
  readonly whose: string;
  readonly line: number;
  readonly words: bigint[];
}

interface Run {
  readonly line: number;
  readonly va: bigint;
  readonly pa: bigint;
  size: bigint | null;
  pages: number;
  last: { va: bigint; pa: bigint };
}

class DumpReader {
  readonly records: DecodedRecord[] = [];
  readonly problems: LabError[] = [];
  #open: Structure | null = null;
  #table: { whose: string; stage: string } = { whose: '', stage: '' };
  #run: Run | null = null;
  #master = '';

  read(text: string, line: number): void {
    if (this.#leaf(text, line)) return;
    this.#endRun();
    if (this.#walked(text, line)) return;
    const word = WORD.exec(text.replace(/^(?:<\d>)?\[\s*[\d.]+\] /, '')) ?? WORD.exec(text.replace(LOGGED, ''));
    if (word !== null) return this.#word(word, line);
    for (const [pattern, kind, whose] of HEADS) {
      const match = pattern.exec(text);
      if (match !== null) return this.#start(kind, whose(match), line);
    }
    const table = TABLE.exec(text);
    if (table !== null) this.#table = { whose: `${table[1]!}${table[3] === undefined ? '' : `, SubstreamID ${table[3]}`}`, stage: table[2]! };
    const master = MASTER.exec(text);
    if (master !== null) this.#master = master[1]!;
    if (!REPEATED.test(text)) this.#close();
  }

  end(): void {
    this.#endRun();
    this.#close();
  }

  #start(kind: 'ste' | 'cd', whose: string, line: number): void {
    this.#close();
    this.#open = { kind, whose, line, words: [] };
  }

  #word([, kind, sid, , digits]: RegExpExecArray, line: number): void {
    const as = kind?.toLowerCase() as 'ste' | 'cd' | undefined;
    if (this.#open === null || (as !== undefined && as !== this.#open.kind)) {
      if (as === undefined) return;
      const master = this.#master === '' ? '' : ` of ${this.#master}`;
      this.#start(as, sid === undefined ? master.trim() : `of StreamID ${sid}${master === '' ? '' : `, ${this.#master}`}`, line);
    }
    const open = this.#open!;
    open.words.push(BigInt(digits!));
    if (open.words.length === WORDS) this.#close();
  }

  /** A dump of half an entry, as the walker for crashes prints it, has the rest 0. */
  #close(): void {
    const open = this.#open;
    this.#open = null;
    if (open === null || open.words.length === 0) return;
    const missing = WORDS - open.words.length;
    if (missing !== 0 && missing !== WORDS / 2) {
      this.problems.push({ code: 'bad-dump', message: `${open.kind === 'ste' ? 'an STE' : 'a CD'} has 8 words of 64 bits, ${open.words.length} follow`, at: { line: open.line } });
      return;
    }
    const decoded = decodeAs(open.kind, [...open.words, ...Array.from({ length: missing }, () => 0n)]);
    if (!decoded.ok) return;
    const notes = [...(open.whose === '' ? [] : [open.whose]), ...(missing === 0 ? [] : ['the last four words are not in the dump and were taken as 0']), ...(decoded.value.notes ?? [])];
    this.records.push({ ...decoded.value, line: open.line, ...(notes.length === 0 ? {} : { notes }) });
  }

  #walked(text: string, line: number): boolean {
    const match = WALKED.exec(text);
    if (match === null) return false;
    this.#close();
    const [, va, name, word] = match;
    const decoded = decodeAs('pte', [BigInt(word!)], { stage: 1, level: LEVELS[name!]! });
    if (decoded.ok) this.records.push({ ...decoded.value, line, notes: [`${name!} of a walk${va === undefined ? '' : `, VA ${va}`}`, ...(decoded.value.notes ?? [])] });
    return true;
  }

  #leaf(text: string, line: number): boolean {
    const sized = SIZED_LEAF.exec(text);
    const match = sized ?? LEAF.exec(text);
    if (match === null) return false;
    this.#close();
    const number = (digits: string): bigint => BigInt(digits.startsWith('0x') || digits.startsWith('0X') ? digits : `0x${digits}`);
    const [va, pa, size] = [number(match[1]!), number(match[2]!), sized === null ? null : number(sized[3]!)];
    const run = this.#run;
    if (run !== null && this.#continues(run, va, pa, size)) {
      run.pages++;
      run.last = { va, pa };
      if (size !== null && run.size !== null) run.size += size;
      return true;
    }
    this.#endRun();
    this.#run = { line, va, pa, size, pages: 1, last: { va, pa } };
    return true;
  }

  /** Lines are merged while both addresses go on by as much; without lengths the first step gives it. */
  #continues(run: Run, va: bigint, pa: bigint, size: bigint | null): boolean {
    if (size !== null) return run.size !== null && va === run.va + run.size && pa === run.pa + run.size;
    const step = va - run.last.va;
    const first = run.pages === 1 ? step : (run.last.va - run.va) / BigInt(run.pages - 1);
    return run.size === null && step > 0n && step === first && pa - run.last.pa === step && (step & (step - 1n)) === 0n;
  }

  #endRun(): void {
    const run = this.#run;
    this.#run = null;
    if (run === null) return;
    const { whose, stage } = this.#table;
    const of = whose === '' ? this.#master : whose;
    this.records.push({
      kind: 'map', type: stage === '' ? 'mapping' : `stage ${stage} mapping`, title: 'leaves of a translation table that go on from each other', section: '3.3.5', words: [], line: run.line,
      fields: [...(of === '' ? [] : [fact('device', of)]), fact('va', run.va), fact('pa', run.pa), ...(run.size === null ? [fact('last va', run.last.va)] : [fact('size', run.size)]), fact('leaves', run.pages)],
    });
  }
}

export const isDebugfs = (text: string): boolean =>
  /^(?:SMMUv3 (?:STE|CD) values for device: |SMMUv3 dump page table for device |STE for Stream ID \d)|-- master \S+ --$|\b(?:STE|CD)\[(?:0x[0-9a-f]+: )?\d+(?:\/\d+)?\]: 0x[0-9a-f]{16}$|\bva\[0x[0-9a-f]+\] -> pa\[0x|\bDump sid \d+ STE:$|\bdump ssid:\d+ cde:|USER_DEBUG_INFO: .*(?:pgd|pud|pmd|pte) = 0x/im.test(text);

export function readDebugfs(text: string): DecodedText {
  const reader = new DumpReader();
  for (const { number, text: line } of sourceLines(text)) reader.read(line, number);
  reader.end();
  return { records: reader.records, problems: reader.problems };
}
