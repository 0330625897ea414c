/** Damaged inputs of every importer: an answer in time, whatever they are. `SMMU_LAB_MUTATIONS` is how many of each kind. */
import { describe, expect, it } from 'vitest';
import { decodeFile } from '../../src/formats/import/decode-file.ts';
import { BINARY_IMPORTERS, TEXT_IMPORTERS } from '../../src/formats/import/importers.ts';
import type { ImportKind } from '../../src/formats/import/importers.ts';
import { recordJson, recordText } from '../../src/formats/words/describe.ts';
import type { DecodedText } from '../../src/formats/words/decoded-text.ts';
import { inTime, mutations } from '../mutations.ts';
import { BINARIES, TEXTS } from './fixtures.ts';

const COUNT = mutations(100);

/** A multiplicative generator: the same inputs every time. */
class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 2 + 1;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 0x915f77f5) + 0x3c6ef35f) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
}

const ODD = ['', '0x', '0xffffffffffffffffff', '-1', '{', '}', '<', '>', '"', '\\', '\0', '\u00ff', '1e999', '=', ':', '\r', '/*', '&', '999999999999999999999'];

/** One to four of: characters changed, cut or doubled; lines dropped, swapped or doubled; odd tokens put in. */
function mutatedText(text: string, draw: Draw): string {
  let result = text;
  for (let left = 1 + draw.below(4); left > 0; left--) {
    const lines = result.split('\n');
    const [at, line] = [draw.below(result.length + 1), draw.below(lines.length)];
    switch (draw.below(6)) {
      case 0: result = `${result.slice(0, at)}${String.fromCharCode(draw.below(256))}${result.slice(at + 1)}`; break;
      case 1: result = result.slice(0, at) + result.slice(at + 1 + draw.below(40)); break;
      case 2: result = lines.toSpliced(line, 1 + draw.below(3)).join('\n'); break;
      case 3: result = lines.toSpliced(line, 0, lines[draw.below(lines.length)]!).join('\n'); break;
      case 4: result = `${result.slice(0, at)}${ODD[draw.below(ODD.length)]!}${result.slice(at)}`; break;
      default: result = lines.with(line, (lines[line] ?? '').repeat(1 + draw.below(3))).join('\n');
    }
  }
  return result;
}

function mutatedBytes(bytes: Uint8Array, draw: Draw): Uint8Array {
  const result = Uint8Array.from(bytes);
  for (let left = 1 + draw.below(4); left > 0; left--) result[draw.below(result.length)] = [0, 0xff, draw.below(256), 1][draw.below(4)]!;
  return draw.below(4) === 0 ? result.subarray(0, draw.below(result.length)) : result;
}

/** Everything that a user would see of it. */
function shown({ records, problems }: DecodedText): void {
  for (const record of records) {
    expect(recordText(record)).toContain(record.type);
    expect(JSON.stringify(recordJson(record))).toContain(record.kind);
  }
  for (const problem of problems) expect(problem.message).not.toBe('');
}

const attempt = (read: () => DecodedText): void => inTime(() => shown(read()));

const seedOf = (name: string): number => [...name].reduce((sum, character) => (Math.imul(sum, 31) + character.charCodeAt(0)) >>> 0, 7);
/** The length of a long log changes nothing: its beginning is enough. */
const LONGEST = 6000;

describe(`${COUNT} damaged inputs`, () => {
  const kinds = new Map<ImportKind, (readonly [string, string | Uint8Array])[]>();
  for (const [kind, name, input] of [...TEXTS, ...BINARIES]) kinds.set(kind, [...(kinds.get(kind) ?? []), [name, typeof input === 'string' ? input.slice(0, LONGEST) : input]]);

  it.each([...kinds])('%s: no crash, no hang', (kind, inputs) => {
    const importer = TEXT_IMPORTERS.find((one) => one.kind === kind);
    const binary = BINARY_IMPORTERS.find((one) => one.kind === kind);
    for (let number = 0; number < COUNT; number++) {
      const [name, input] = inputs[number % inputs.length]!;
      const draw = new Draw(seedOf(name) + number);
      const mutated = typeof input === 'string' ? mutatedText(input, draw) : mutatedBytes(input, draw);
      // The importer itself, which its recogniser may no longer choose, and what a user would call.
      attempt(() => (typeof mutated === 'string' ? importer!.read(mutated) : binary!.read(mutated)));
      attempt(() => decodeFile(typeof mutated === 'string' ? new TextEncoder().encode(mutated) : mutated));
    }
  }, 600_000);
});
