import type { AtcInvalidation, PageResponse } from '../smmu/ats/endpoints.ts';
import type { AtsCompletion, AtsRequest, Outcome, Smmu, Transaction } from '../smmu/smmu.ts';
import { ATC, GRANT } from '../trace/record.ts';
import { Atc } from './atc.ts';
import type { AtcEntry } from './atc.ts';
import { PageRequestInterface } from './page-request-interface.ts';

export interface EndpointOptions {
  readonly sid: number;
  /** Translations that its ATC holds. */
  readonly entries: number;
  /** Whether it completes invalidations. */
  readonly answers: boolean;
  /** Page requests that may be outstanding; null: it makes none. */
  readonly credits: number | null;
}

/** A PCIe function that uses ATS: what it accesses goes out Translated, by entries of its ATC (IHI 0070 3.9.1, 4.5). */
export class Endpoint {
  readonly sid: number;
  readonly atc: Atc;
  readonly pri: PageRequestInterface | null;
  private readonly smmu: Smmu;
  private readonly answers: boolean;
  private _lastResponse: PageResponse | null = null;

  constructor(smmu: Smmu, { sid, entries, answers, credits }: EndpointOptions) {
    this.sid = sid;
    this.smmu = smmu;
    this.answers = answers;
    this.atc = new Atc(entries);
    this.pri = credits === null ? null : new PageRequestInterface(smmu, credits);
  }

  /** The answer to its page requests that came last. */
  get lastResponse(): PageResponse | null {
    return this._lastResponse;
  }

  /** An access within one page: by the ATC, by a translation request where that does not permit it, or not at all. */
  access(transaction: Transaction, bytes: number): Outcome {
    const { ssid, iova, access } = transaction;
    // Without PASID there is no privilege and no execution (13.7).
    const wanted = {
      ssid: ssid ?? null,
      privileged: ssid !== undefined && transaction.privileged === true,
      access: ssid === undefined && access === 'execute' ? 'read' : access,
    };
    const known = this.atc.find(iova, wanted);
    if (known !== null) {
      this.#tell(ATC.HIT, known.iova, known);
      return this.#go(transaction, known, bytes, known);
    }
    this.#tell(ATC.MISS, iova, { ssid: wanted.ssid });
    const request = { sid: this.sid, iova, noWrite: access !== 'write', execute: access === 'execute', privileged: wanted.privileged };
    const completion = this.request(ssid === undefined ? request : { ...request, ssid });
    const entry = this.atc.find(iova, wanted) ?? entryOf(completion, wanted.ssid);
    if (entry?.[wanted.access] !== true) return refused(completion);
    const outcome = this.#go(transaction, entry, bytes, null);
    return { ...outcome, stale: [...completion.outcome.stale, ...outcome.stale] };
  }

  /** A translation request; what its completion grants is kept. */
  request(request: AtsRequest): AtsCompletion {
    const completion = this.smmu.ats(request);
    const entry = entryOf(completion, request.ssid ?? null);
    if (entry !== null && this.atc.capacity > 0) {
      this.atc.fill(entry);
      this.smmu.coherence?.keep(entry);
      this.#tell(ATC.FILL, entry.iova, entry);
    }
    return completion;
  }

  /** False: no completion. */
  invalidate(invalidation: AtcInvalidation): boolean {
    const removed = this.answers ? this.atc.invalidate(invalidation) : 0;
    const { ssid, iova, size } = invalidation;
    this.smmu.recorder?.atc(
      this.answers ? ATC.INVALIDATED : ATC.TIMEOUT,
      this.sid,
      ssid,
      Number(BigInt.asIntN(32, iova >> 32n)),
      Number(BigInt.asIntN(32, iova)),
      removed,
      0,
      0,
      0,
      size + 12,
      0,
    );
    return this.answers;
  }

  respond(response: PageResponse): void {
    this._lastResponse = response;
    this.pri?.respond(response);
  }

  /** `held`: the entry, where it was there before. */
  #go(transaction: Transaction, { iova, address }: AtcEntry, bytes: number, held: AtcEntry | null): Outcome {
    return this.smmu.translated({ ...transaction, iova: address + (transaction.iova - iova) }, bytes, held);
  }

  #tell(what: number, iova: bigint, entry: Pick<AtcEntry, 'ssid'> & Partial<AtcEntry>): void {
    const { ssid, address = 0n, size = 1n, origin = 0 } = entry;
    this.smmu.recorder?.atc(
      what,
      this.sid,
      ssid,
      Number(BigInt.asIntN(32, iova >> 32n)),
      Number(BigInt.asIntN(32, iova)),
      what === ATC.MISS ? 0 : 1,
      grantOf(entry),
      Number(BigInt.asIntN(32, address >> 32n)),
      Number(BigInt.asIntN(32, address)),
      size.toString(2).length - 1,
      origin,
    );
  }
}

const grantOf = ({ read, write, execute, privileged }: Partial<AtcEntry>): number =>
  (read === true ? GRANT.R : 0) |
  (write === true ? GRANT.W : 0) |
  (execute === true ? GRANT.EXE : 0) |
  (privileged === true ? GRANT.PRIV : 0);

/** What a completion gives to keep; null when that is nothing. */
function entryOf({ translation, outcome }: AtsCompletion, ssid: number | null): AtcEntry | null {
  if (translation === null || !(translation.read || translation.write)) return null;
  return { ...translation, ssid, origin: outcome.transaction };
}

/** An access that was not made: what became of the request instead. */
function refused({ outcome }: AtsCompletion): Outcome {
  const { events, reads, updates, stale, transaction } = outcome;
  if (outcome.status === 'fault' || outcome.status === 'abort') return { ...outcome, response: 'abort' };
  return { status: 'fault', response: 'abort', rule: 'atc.refused', events, reads, updates, stale, transaction };
}
