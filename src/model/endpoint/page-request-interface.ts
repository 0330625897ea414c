import type { PageResponse } from '../smmu/ats/endpoints.ts';
import { isStopMarker } from '../smmu/pri/page-request.ts';
import type { PageRequest } from '../smmu/pri/page-request.ts';
import { PPR } from '../smmu/queues/pri-queue.ts';
import type { Smmu } from '../smmu/smmu.ts';
import type { PageResponseCode } from '../trace/record.ts';

/** What came of a request: in the queue; refused by it; never sent, for want of credits or after a Failure. */
export type Asked = 'queued' | 'discarded' | 'no-credit' | 'stopped';

/** The page request interface of a device (PCIe PRI; IHI 0070 8): groups, credits, and what the answers do to it. */
export class PageRequestInterface {
  readonly credits: number;
  private readonly smmu: Smmu;
  /** Requests of each group that are not answered. */
  private readonly groups = new Map<number, number>();
  private _stopped = false;
  private _unexpected = 0;

  /** `credits`: how many requests may be outstanding. */
  constructor(smmu: Smmu, credits: number) {
    this.smmu = smmu;
    this.credits = credits;
  }

  /** Requests that are not answered. */
  get outstanding(): number {
    return [...this.groups.values()].reduce((sum, count) => sum + count, 0);
  }

  /** A Failure has ended its requests for good. */
  get stopped(): boolean {
    return this._stopped;
  }

  /** Responses to groups that it has not asked for. */
  get unexpected(): number {
    return this._unexpected;
  }

  /** Sends a request; an answer that the SMMU gives at once has come when this returns. */
  ask(request: PageRequest): Asked {
    const { group } = request;
    const marker = isStopMarker(request);
    if (!marker && this._stopped) return 'stopped';
    if (!marker && this.outstanding >= this.credits) return 'no-credit';
    if (!marker) this.groups.set(group, (this.groups.get(group) ?? 0) + 1);
    return this.smmu.pageRequest(request) === PPR.WRITTEN ? 'queued' : 'discarded';
  }

  respond({ group, code }: Pick<PageResponse, 'group'> & { readonly code: PageResponseCode }): void {
    if (!this.groups.delete(group)) this._unexpected++;
    if (code !== 'failure') return;
    this._stopped = true;
    this.groups.clear();
  }
}
