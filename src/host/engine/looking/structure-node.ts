/** A node of the tree of structures, and the nodes below it, made when they are looked at. */
import { hex } from '../../../model/base/address.ts';
import { decodeFields, wordText } from '../../../formats/words/decoded.ts';
import type { Around } from '../../../formats/words/decoded.ts';
import type { RecordDef } from '../../../model/spec/index.ts';
import type { StructureNode } from '../../../protocol/contract.ts';
import { toField } from '../../rows/field.ts';
import type { Space } from './spaces.ts';

/** A node by the last part of its id. */
export interface Branch {
  readonly key: string;
  make(): TreeNode;
}

export interface TreeNode {
  readonly view: Omit<StructureNode, 'id' | 'children'>;
  branches(): readonly Branch[];
}

/** The 32-bit words of a record in memory; null: nothing is there. */
export function recordAt(space: Space, address: bigint, bytes: number): Uint32Array | null {
  const read = space.read(address, bytes);
  return read === null ? null : new Uint32Array(Uint8Array.from(read).buffer);
}

export const wordsOf = (words: Uint32Array): string[] => Array.from({ length: words.length / 2 }, (_, at) => wordText((BigInt(words[2 * at + 1]!) << 32n) | BigInt(words[2 * at]!)));

type Told = Pick<StructureNode, 'kind' | 'title' | 'text'> & Partial<Pick<StructureNode, 'input' | 'size' | 'output' | 'illegal'>>;

const NOTHING = { input: null, size: null, output: null, illegal: [], words: [], fields: [] } as const;

/** A record of the one table, where its owner has it. */
export function viewOfRecord(space: Space, address: bigint, record: RecordDef, words: Uint32Array | null, told: Told, ignored?: Around['ignored']): TreeNode['view'] {
  const content = words === null ? { text: 'in no memory' } : { words: wordsOf(words), fields: decodeFields(record, words, { stage1: space.space, guests: space.space === 'ipa', ...(ignored === undefined ? {} : { ignored }) }).map(toField) };
  return { ...NOTHING, illegal: [], ...told, ...placeOf(space, address), ...content, words: content.words ?? [], fields: content.fields ?? [] };
}

export function viewOfWord(space: Space, address: bigint, word: bigint, fields: StructureNode['fields'], told: Told): TreeNode['view'] {
  return { ...NOTHING, illegal: [], ...told, ...placeOf(space, address), words: [wordText(word)], fields };
}

export function placeOf(space: Space, address: bigint): Pick<StructureNode, 'owner' | 'vm' | 'at' | 'pa'> {
  const pa = space.toPa(address);
  return { owner: space.owner, vm: space.vm, at: { space: space.space, address: hex(address) }, pa: pa === null ? null : hex(pa) };
}

/** A node that is no record of its own. */
export const viewOfGroup = (space: Space, address: bigint, told: Told): TreeNode['view'] => ({ ...NOTHING, illegal: [], words: [], fields: [], ...told, ...placeOf(space, address) });

