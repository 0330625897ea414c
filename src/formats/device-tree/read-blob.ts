/** A flattened device tree (.dtb, version 16 or 17): big-endian, Devicetree Specification chapter 5. */
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import type { Property, TreeNode } from './tree.ts';

const FDT_MAGIC = 0xd00d_feed;
const HEADER_BYTES = 40;
const MAX_DEPTH = 64;
const TOKEN = { BEGIN_NODE: 1, END_NODE: 2, PROP: 3, NOP: 4, END: 9 } as const;

interface Open {
  readonly path: string;
  readonly properties: Map<string, Property>;
  readonly children: TreeNode[];
  readonly place: number;
}

const bad = (offset: number, message: string): Result<never> => fail('bad-device-tree', `device tree blob, offset 0x${offset.toString(16)}: ${message}`);

class BlobReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): Result<TreeNode> {
    const [total, structure, strings] = [4, 8, 12].map((at) => this.#view.getUint32(at)) as [number, number, number];
    if (total > this.#bytes.length) return bad(4, `it says that it has ${total} bytes, ${this.#bytes.length} are there`);
    if (structure >= total || strings > total) return bad(8, 'its blocks lie outside it');
    return this.#structure(structure, strings, total);
  }

  #structure(from: number, strings: number, end: number): Result<TreeNode> {
    const open: Open[] = [];
    let at = from;
    while (at + 4 <= end) {
      const [token, place] = [this.#view.getUint32(at), at];
      at += 4;
      if (token === TOKEN.NOP) continue;
      if (token === TOKEN.BEGIN_NODE) {
        const name = this.#string(at, end);
        if (open.length > MAX_DEPTH) return bad(place, `nodes are nested deeper than ${MAX_DEPTH}`);
        const parent = open.at(-1);
        open.push({ path: parent === undefined ? '' : `${parent.path}/${name}`, properties: new Map(), children: [], place });
        at = (at + name.length + 4) & ~3;
      } else if (token === TOKEN.END_NODE) {
        const node = open.pop();
        if (node === undefined) return bad(place, 'a node ends that did not begin');
        const made: TreeNode = { path: node.path === '' ? '/' : node.path, label: null, properties: node.properties, children: node.children, place: node.place };
        if (open.length === 0) return ok(made);
        open.at(-1)!.children.push(made);
      } else if (token === TOKEN.PROP) {
        const node = open.at(-1);
        if (node === undefined || at + 8 > end) return bad(place, 'a property outside a node');
        const [length, name] = [this.#view.getUint32(at), this.#string(strings + this.#view.getUint32(at + 4), end)];
        at += 8;
        if (length > end - at) return bad(place, `a property of ${length} bytes reaches beyond the end`);
        node.properties.set(name, this.#property(name, at, length, place));
        at = (at + length + 3) & ~3;
      } else return bad(place, `${token} is no token: expected 1, 2, 3, 4 or 9`);
    }
    return bad(end, 'it ends before its root node does');
  }

  #property(name: string, at: number, length: number, place: number): Property {
    const cells = length % 4 === 0 ? Array.from({ length: length / 4 }, (_, one) => this.#view.getUint32(at + one * 4)) : [];
    const bytes = this.#bytes.subarray(at, at + length);
    const isText = length > 1 && bytes[length - 1] === 0 && bytes.every((byte, one) => (byte >= 0x20 && byte < 0x7f) || (byte === 0 && one > 0));
    const strings = isText ? String.fromCharCode(...bytes.subarray(0, Math.min(length - 1, 4096))).split('\0') : [];
    return { name, cells, strings, place };
  }

  #string(at: number, end: number): string {
    const stop = this.#bytes.indexOf(0, at);
    return String.fromCharCode(...this.#bytes.subarray(at, Math.min(stop < 0 ? end : stop, at + 255, end)));
  }
}

export const isTreeBlob = (bytes: Uint8Array): boolean => bytes.length >= HEADER_BYTES && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) === FDT_MAGIC;

export const readTreeBlob = (bytes: Uint8Array): Result<TreeNode> => (isTreeBlob(bytes) ? new BlobReader(bytes).read() : bad(0, 'expected d00dfeed'));
