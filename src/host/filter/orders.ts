/** The orders of one run that a window may ask for: the newest few. */
import type { SortKey } from '../../query/index.ts';
import { RpcError } from '../../protocol/errors.ts';
import type { Elements } from './elements.ts';
import { orderOf } from './order.ts';
import type { Rows } from './order.ts';
import type { Watch } from './slices.ts';

/** One or two of each list. */
const KEPT = 4;

export class Orders {
  readonly #kept = new Map<number, Uint32Array>();
  #last = 0;

  async add(elements: Elements, rows: Rows, key: SortKey, descending: boolean, watch: Watch): Promise<{ order: number; total: number }> {
    const positions = await orderOf(elements, rows, key, descending, watch);
    const order = ++this.#last;
    this.#kept.set(order, positions);
    this.#kept.delete(order - KEPT);
    return { order, total: positions.length };
  }

  /** Throws `order-gone`: it is then made again. */
  get(order: number): Uint32Array {
    const positions = this.#kept.get(order);
    if (positions === undefined) throw new RpcError({ code: 'order-gone', message: 'the list was sorted anew since' });
    return positions;
  }
}
