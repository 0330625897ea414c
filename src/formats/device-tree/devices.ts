/** Which device has which StreamIDs, by `iommus`, `iommu-map` and `iommu-map-mask` of a device tree (bindings: iommu.txt, pci-iommu.txt). */
import { hex } from '../../model/base/address.ts';
import type { LabError, Result } from '../../model/base/result.ts';
import type { NamedStream } from '../import/named-stream.ts';
import type { DecodedText } from '../words/decoded-text.ts';
import type { DecodedRecord } from '../words/decoded.ts';
import { fact } from '../words/facts.ts';
import { readTreeBlob } from './read-blob.ts';
import { readTreeSource } from './read-source.ts';
import { nodesOf, numberCell } from './tree.ts';
import type { Cell, Property, TreeNode } from './tree.ts';

/** `iommu-map` has (RID base, IOMMU, StreamID base, length). */
const MAP_CELLS = 4;
const PCI_FUNCTIONS = 0x1_0000;

class Devices {
  readonly records: DecodedRecord[] = [];
  readonly problems: LabError[] = [];
  readonly streams: NamedStream[] = [];
  readonly #byReference = new Map<string, TreeNode>();
  readonly #byPhandle = new Map<number, TreeNode>();
  readonly #isSource: boolean;

  constructor(root: TreeNode, isSource: boolean) {
    this.#isSource = isSource;
    for (const node of nodesOf(root)) {
      if (node.label !== null) this.#byReference.set(node.label, node);
      this.#byReference.set(node.path, node);
      const phandle = numberCell(node.properties.get('phandle') ?? node.properties.get('linux,phandle'));
      if (phandle !== null) this.#byPhandle.set(phandle, node);
    }
    for (const node of nodesOf(root)) this.#node(node);
  }

  #node(node: TreeNode): void {
    const map = node.properties.get('iommu-map');
    if (map !== undefined) this.#map(node, map);
    const iommus = node.properties.get('iommus');
    if (iommus !== undefined) this.#iommus(node, iommus);
    if (node.properties.get('compatible')?.strings.includes('arm,smmu-v3') === true) this.#smmu(node);
  }

  #smmu(node: TreeNode): void {
    const reg = node.properties.get('reg')?.cells.filter((cell): cell is number => typeof cell === 'number') ?? [];
    const base = reg.length >= 2 ? (BigInt(reg[0]!) << 32n) | BigInt(reg[1]!) : reg.length === 1 ? BigInt(reg[0]!) : null;
    const coherent = node.properties.has('dma-coherent');
    this.#push('SMMUv3', node.place, [fact('node', node.path), ...(base === null ? [] : [fact('base', base)]), fact('dma-coherent', coherent ? 1 : 0, 'Its table walks are coherent with the caches of the CPUs.')], '6.1');
  }

  #map(node: TreeNode, { cells, place }: Property): void {
    if (cells.length === 0 || cells.length % MAP_CELLS !== 0) return this.#bad(place, `iommu-map of ${node.path} has ${cells.length} cells; expected a multiple of 4: RID base, IOMMU, StreamID base, length`);
    const mask = numberCell(node.properties.get('iommu-map-mask')) ?? 0xffff_ffff;
    for (let at = 0; at < cells.length; at += MAP_CELLS) {
      const [rid, iommu, sid, length] = cells.slice(at, at + MAP_CELLS) as [Cell, Cell, Cell, Cell];
      if (typeof rid !== 'number' || typeof sid !== 'number' || typeof length !== 'number') return this.#bad(place, `iommu-map of ${node.path}: RID, StreamID and length must be numbers`);
      this.#push('iommu-map', place, [
        fact('device', node.path), fact('RID', rid, 'Requester IDs from here: bus [15:8], device [7:3], function [2:0].'), fact('iommu', this.#nameOf(iommu)), fact('StreamID', sid), fact('length', length),
        ...(mask === 0xffff_ffff ? [] : [fact('mask', mask, 'Of the RID before it is looked up.')]),
      ], '3.2');
      this.streams.push({ name: node.path, first: sid, count: length, input: rid, isPci: true });
      if (length > PCI_FUNCTIONS) this.#bad(place, `iommu-map of ${node.path} maps ${hex(length)} RIDs; a segment has ${hex(PCI_FUNCTIONS)}`);
    }
  }

  #iommus(node: TreeNode, { cells, place }: Property): void {
    for (let at = 0; at < cells.length; ) {
      const iommu = cells[at]!;
      const count = numberCell(this.#find(iommu)?.properties.get('#iommu-cells')) ?? 1;
      const sid = cells[at + 1];
      if (count === 1 && typeof sid !== 'number') return this.#bad(place, `iommus of ${node.path}: a StreamID must follow the IOMMU`);
      this.#push('iommus', place, [fact('device', node.path), fact('iommu', this.#nameOf(iommu)), ...(typeof sid === 'number' && count === 1 ? [fact('StreamID', sid)] : [])], '3.2');
      if (count === 1) this.streams.push({ name: node.path, first: sid as number, count: 1, input: 0, isPci: false });
      at += 1 + Math.min(count, cells.length);
    }
  }

  #find(cell: Cell): TreeNode | undefined {
    return typeof cell === 'number' ? this.#byPhandle.get(cell) : this.#byReference.get(cell.reference);
  }

  #nameOf(cell: Cell): string {
    return this.#find(cell)?.path ?? (typeof cell === 'number' ? `phandle ${hex(cell)}` : `&${cell.reference}`);
  }

  #push(type: string, place: number, fields: DecodedRecord['fields'], section: string): void {
    this.records.push({ kind: 'device', type, title: `device tree: ${type}`, section, words: [], fields, ...this.#place(place) });
  }

  #place(place: number): { line?: number; notes?: string[] } {
    return this.#isSource ? { line: place } : { notes: [`at offset 0x${place.toString(16)} of the blob`] };
  }

  #bad(place: number, message: string): void {
    this.problems.push({ code: 'bad-device-tree', message, ...(this.#isSource ? { at: { line: place } } : {}) });
  }
}

const devicesOf = (tree: Result<TreeNode>, isSource: boolean): DecodedText => {
  if (!tree.ok) return { records: [], problems: [tree.error], streams: [] };
  const { records, problems, streams } = new Devices(tree.value, isSource);
  if (records.length > 0 || problems.length > 0) return { records, problems, streams };
  return { records, problems: [{ code: 'no-iommu', message: 'a device tree without an SMMUv3: no node has iommus or iommu-map, none is compatible with arm,smmu-v3' }], streams };
};

export const readDevicesOfSource = (text: string): DecodedText => devicesOf(readTreeSource(text), true);
export const readDevicesOfBlob = (bytes: Uint8Array): DecodedText => devicesOf(readTreeBlob(bytes), false);
