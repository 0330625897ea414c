/** A record as text for elsewhere: hex, sentences, JSON, YAML, C with FIELD_PREP, devmem lines, the command line that decodes it again. Pure. */

export interface CopiedField {
  readonly name: string;
  /** [hi, lo], absolute over the whole record. */
  readonly bits: readonly [number, number];
  /** As shown. */
  readonly value: string;
}

export interface CopiedRecord {
  /** The architecture's name: `F_TRANSLATION`, `CMD_TLBI_NH_VA`, `STE`. */
  readonly type: string;
  /** 64-bit words, 16 hex digits each; of a register of 32 bits, 8. */
  readonly words: readonly string[];
  readonly fields: readonly CopiedField[];
  /** Of the array in C; after its type where this is missing. */
  readonly name?: string;
  /** Where software writes it: an address of memory, or a register of so many bits at an offset from the base of the SMMU. */
  readonly at?: string | { readonly offset: number; readonly bits: number };
}

const COPY_FORMS = ['hex', 'text', 'json', 'yaml', 'c', 'devmem', 'cli'] as const;
export type CopyForm = (typeof COPY_FORMS)[number];
export const COPY_TITLES: Readonly<Record<CopyForm, string>> = { hex: 'hex words', text: 'text', json: 'JSON', yaml: 'YAML', c: 'C with FIELD_PREP', devmem: 'devmem lines that write it', cli: 'a command line that decodes it' };

/** What `smmu-lab decode --kind` calls it; null: none of those. */
export function kindOf(type: string): string | null {
  if (/^[FCE]_/.test(type)) return 'event';
  if (type.startsWith('CMD_')) return 'cmd';
  return ({ STE: 'ste', CD: 'cd' } as Readonly<Record<string, string>>)[type] ?? null;
}

export function copyRecord(record: CopiedRecord, form: CopyForm): string {
  const { type, words, fields } = record;
  const object = (): Record<string, unknown> => ({ type, words: words.map((word) => `0x${word}`), fields: Object.fromEntries(fields.map(({ name, value }) => [name, value])) });
  switch (form) {
    case 'hex':
      return words.map((word) => `0x${word}`).join(' ');
    case 'text':
      return [type, ...fields.map(({ name, value }) => `${name} ${value}`)].join(', ');
    case 'json':
      return JSON.stringify(object(), null, 2);
    case 'yaml':
      return yamlOf(record);
    case 'c':
      return cOf(record);
    case 'devmem':
      return devmemOf(record);
    case 'cli': {
      const kind = kindOf(type);
      return `smmu-lab decode${kind === null ? '' : ` --kind ${kind}`} ${words.map((word) => `0x${word}`).join(' ')}`;
    }
  }
}

const scalar = (text: string): string => (/^[\w.-]+$/.test(text) ? text : JSON.stringify(text));

function yamlOf({ type, words, fields }: CopiedRecord): string {
  return [`type: ${type}`, `words: [${words.map((word) => `0x${word}`).join(', ')}]`, ...(fields.length === 0 ? [] : ['fields:', ...fields.map(({ name, value }) => `  ${name}: ${scalar(value)}`)])].join('\n');
}

/** The forms that a record has: what lies nowhere cannot be written there. */
export const formsOf = ({ at }: CopiedRecord): readonly CopyForm[] => COPY_FORMS.filter((form) => form !== 'devmem' || at !== undefined);

/** `devmem ADDRESS WIDTH VALUE`, as busybox has it; a register's address is for the shell to add up. */
function devmemOf({ at = '0x0', words }: CopiedRecord): string {
  if (typeof at !== 'string') return `devmem $((SMMU + 0x${at.offset.toString(16)})) ${at.bits} 0x${(words[0] ?? '0').slice(-at.bits / 4)}`;
  return words.map((word, index) => `devmem 0x${(BigInt(at) + 8n * BigInt(index)).toString(16)} 64 0x${word}`).join('\n');
}

/** A field within one word; one that crosses words has a part in each. */
interface Part {
  readonly macro: string;
  readonly word: number;
  readonly hi: number;
  readonly lo: number;
  readonly value: bigint;
}

const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

function partsOf({ type, words, fields }: CopiedRecord): readonly Part[] {
  return fields.flatMap(({ name, bits: [hi, lo] }) => {
    const parts: Part[] = [];
    for (let word = lo >> 6; word <= hi >> 6; word++) {
      const from = Math.max(lo, word * 64) - word * 64;
      const to = Math.min(hi, word * 64 + 63) - word * 64;
      const value = (BigInt(`0x${words[word] ?? '0'}`) >> BigInt(from)) & ones(to - from + 1);
      parts.push({ macro: `${type}_${word}_${name}`.replace(/\W+/g, '_'), word, hi: to, lo: from, value });
    }
    return parts;
  });
}

/** A mask needs a name of its own: reserved bits, which share one, stay a number. */
const isNamedOnce = ({ macro }: Part, _index: number, all: readonly Part[]): boolean => all.filter((part) => part.macro === macro).length === 1;

/** Masks of the fields that are not 0, named by record, word and field, and the words made of them. Bits that no field has stay a number. */
function cOf(record: CopiedRecord): string {
  const parts = partsOf(record).filter(isNamedOnce).filter(({ value }) => value !== 0n);
  const width = Math.max(0, ...parts.map(({ macro }) => macro.length));
  const defines = parts.map(({ macro, hi, lo }) => `#define ${macro.padEnd(width)} GENMASK_ULL(${hi}, ${lo})`);
  const lines = record.words.map((word, index) => {
    const own = parts.filter((part) => part.word === index);
    const rest = BigInt(`0x${word}`) & ~own.reduce((mask, { hi, lo }) => mask | (ones(hi - lo + 1) << BigInt(lo)), 0n);
    const terms = [...own.map(({ macro, value }) => `FIELD_PREP(${macro}, 0x${value.toString(16)})`), ...(rest === 0n ? [] : [`0x${rest.toString(16)}ULL /* in no field */`])];
    return `\tcpu_to_le64(${terms.length === 0 ? '0' : terms.join(' |\n\t\t    ')}),`;
  });
  return [...defines, '', `const __le64 ${(record.name ?? record.type).replace(/\W+/g, '_').toLowerCase()}[${record.words.length}] = {`, ...lines, '};', ''].join('\n');
}
