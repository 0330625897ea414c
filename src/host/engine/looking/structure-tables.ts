/** Translation tables as branches of the tree, level by level; entries that are 0 are left out. */
import { hex } from '../../../model/base/address.ts';
import { decodeDescriptor } from '../../../formats/words/descriptor.ts';
import { addressOf, entriesOf, kindOf, LAST_LEVEL, shiftOf } from '../../../model/lab/inspect/tables.ts';
import type { Table } from '../../../model/lab/inspect/tables.ts';
import type { Granule } from '../../../model/spec/index.ts';
import { describeDescriptor } from '../../../model/trace/walk-view.ts';
import { toField } from '../../rows/field.ts';
import type { Space } from './spaces.ts';
import { viewOfGroup, viewOfWord } from './structure-node.ts';
import type { Branch, TreeNode } from './structure-node.ts';

const GRANULES: Readonly<Record<number, Granule>> = { 12: '4K', 14: '16K', 16: '64K' };

/** Whose memory the tables are in, and what space their leaves lead to. */
export interface Walked {
  readonly table: Table;
  readonly space: Space;
  readonly output: 'ipa' | 'pa';
}

function entries(walked: Walked, at: bigint, level: number, base: bigint): Branch[] {
  const { table, space } = walked;
  const found: Branch[] = [];
  const count = entriesOf(table, level);
  const bytes = space.read(at, count * 8);
  // Tables that lie next to each other as IPAs need not do so as PAs.
  const view = bytes === null ? null : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let index = 0; index < count; index++) {
    const word = view === null ? space.read64(at + BigInt(index) * 8n) : view.getBigUint64(index * 8, true);
    if (word !== null && word !== 0n) found.push({ key: String(index), make: () => descriptor(walked, at, level, base, index, word) });
  }
  return found;
}

function descriptor(walked: Walked, table: bigint, level: number, base: bigint, index: number, word: bigint): TreeNode {
  const { space, output, table: { granule, stage } } = walked;
  const shift = shiftOf(granule, level);
  const kind = kindOf(word, level);
  const input = base + (BigInt(index) << BigInt(shift));
  const next = addressOf(word, granule, kind === 'table' ? granule : shift);
  const leadsTo = kind === 'invalid' ? null : ({ space: kind === 'table' ? space.space : output, address: hex(next) } as const);
  const { fields } = decodeDescriptor(word, { stage, granule: GRANULES[granule]!, level, stage1: kind === 'table' ? space.space : output });
  const view = viewOfWord(space, table + BigInt(index) * 8n, word, fields.map(toField), {
    kind: 'descriptor',
    title: `S${stage} L${level} [${index}]`,
    text: describeDescriptor(stage, level, word),
    input: { space: stage === 1 ? 'iova' : 'ipa', address: hex(BigInt.asUintN(64, input)) },
    size: hex(1n << BigInt(shift)),
    output: leadsTo,
  });
  return { view, branches: () => (kind === 'table' && level < LAST_LEVEL ? entries(walked, next, level + 1, input) : []) };
}

/** All tables of one root: `ttb0`, `ttb1` or `s2`. */
export function tablesBranch(key: string, title: string, walked: Walked): Branch {
  const { table, space } = walked;
  return {
    key,
    make: () => {
      const text = `${table.inputBits} bits of input, from level ${table.start}, granule ${GRANULES[table.granule]!}`;
      return { view: viewOfGroup(space, table.root, { kind: 'tables', title, text }), branches: () => entries(walked, table.root, table.start, table.base) };
    },
  };
}
