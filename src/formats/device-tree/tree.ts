/** A device tree, as its source or its blob has it: nodes with properties, as far as an SMMU matters. */

/** Cells of a property: numbers, references to nodes (`&smmu` in a source), strings. */
export type Cell = number | { readonly reference: string };

export interface Property {
  readonly name: string;
  /** 32-bit cells; a string in a source has none. */
  readonly cells: readonly Cell[];
  readonly strings: readonly string[];
  /** 1-based line of a source, offset in a blob. */
  readonly place: number;
}

export interface TreeNode {
  /** `/soc/pcie@40000000`. */
  readonly path: string;
  readonly label: string | null;
  readonly properties: ReadonlyMap<string, Property>;
  readonly children: readonly TreeNode[];
  readonly place: number;
}

/** Every node, parents first. */
export function* nodesOf(node: TreeNode): Generator<TreeNode> {
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next;
    for (let at = next.children.length - 1; at >= 0; at--) open.push(next.children[at]!);
  }
}

export const numberCell = (property: Property | undefined, at = 0): number | null => {
  const cell = property?.cells[at];
  return typeof cell === 'number' ? cell : null;
};
