import type { CacheMaintenance, TlbiScope } from '../cache-maintenance.ts';

/**
 * Invalidations that wait for their CMD_SYNC (IHI 0070 4.7.3), as choice command.completion lets them: before it, lookups still
 * meet what they will remove.
 */
export class DeferredMaintenance implements CacheMaintenance {
  private readonly caches: CacheMaintenance;
  private waiting: (() => void)[] = [];

  constructor(caches: CacheMaintenance) {
    this.caches = caches;
  }

  cfgiSte(sid: number, leaf: boolean): number {
    return this.#later(() => this.caches.cfgiSte(sid, leaf));
  }

  cfgiSteRange(sid: number, range: number): number {
    return this.#later(() => this.caches.cfgiSteRange(sid, range));
  }

  cfgiCd(sid: number, ssid: number, leaf: boolean): number {
    return this.#later(() => this.caches.cfgiCd(sid, ssid, leaf));
  }

  cfgiCdAll(sid: number): number {
    return this.#later(() => this.caches.cfgiCdAll(sid));
  }

  tlbi(scope: TlbiScope): number {
    return this.#later(() => this.caches.tlbi(scope));
  }

  /** CMD_SYNC: everything before it, in order. */
  complete(): void {
    for (const invalidate of this.waiting.splice(0)) invalidate();
  }

  /** Nothing is removed yet. */
  #later(invalidate: () => void): number {
    this.waiting.push(invalidate);
    return 0;
  }
}
