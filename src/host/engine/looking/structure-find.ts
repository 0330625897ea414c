/** Which structure an address lies in, found by looking through the tree. */
import type { LookingParams, LookingResult } from '../../../protocol/contract.ts';
import type { Branch, TreeNode } from './structure-node.ts';
import { rootBranches } from './structure-tree.ts';
import type { Subject } from './subject.ts';

/** Nodes that are looked through: some tenths of a second. */
const MAX_NODES = 100_000;
const WORD = 8n;

type Place = LookingParams<'structures.find'>;

function holds({ at, pa, words }: TreeNode['view'], { space, address }: Place): boolean {
  const from = space === 'pa' ? pa : at?.space === 'ipa' ? at.address : null;
  if (from === null || words.length === 0) return false;
  const offset = BigInt(address) - BigInt(from);
  return offset >= 0n && offset < WORD * BigInt(words.length);
}

export function findStructure(subject: Subject, place: Place): LookingResult<'structures.find'> {
  let left = MAX_NODES;
  const search = (branches: readonly Branch[], path: readonly string[]): readonly string[] | null => {
    for (const branch of branches) {
      if (left-- <= 0) return null;
      const node = branch.make();
      const own = [...path, path.length === 0 ? branch.key : `${path.at(-1)!}/${branch.key}`];
      const found = holds(node.view, place) ? own : search(node.branches(), own);
      if (found !== null) return found;
    }
    return null;
  };
  return { path: [...(search(rootBranches(subject), []) ?? [])] };
}
