import { accessor, STE } from '../../spec/index.ts';
import { TRANSACTION } from '../../trace/record.ts';
import type { PageResponse } from '../ats/endpoints.ts';
import type { ConfigCache } from '../config/config-cache.ts';
import { SLOT } from '../config/slot.ts';
import type { Core } from '../core.ts';
import type { Journal } from '../journal.ts';
import { PPR } from '../queues/pri-queue.ts';
import type { PriQueue } from '../queues/pri-queue.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { encodeEntry, isStopMarker } from './page-request.ts';
import type { PageRequest } from './page-request.ts';

const ppar = accessor(STE, 'PPAR');

/** What takes page requests and answers those that the queue cannot take (IHI 0070 8.1, 8.2). */
export class PageRequests {
  private readonly core: Core;
  private readonly queue: PriQueue;
  private readonly config: ConfigCache;
  private readonly registers: RegisterFile;
  private readonly journal: Journal;
  private readonly respond: (response: PageResponse) => void;
  private readonly words = new Int32Array(4);

  constructor(
    core: Core,
    queue: PriQueue,
    config: ConfigCache,
    registers: RegisterFile,
    journal: Journal,
    respond: (response: PageResponse) => void,
  ) {
    this.core = core;
    this.queue = queue;
    this.config = config;
    this.registers = registers;
    this.journal = journal;
    this.respond = respond;
  }

  /** Page requests are not checked against STE.EATS or CR0.ATSCHK (8.1). Returns a PPR verdict. */
  take(request: PageRequest): number {
    encodeEntry(request, this.words);
    const wasEmpty = this.registers.priq.empty;
    const verdict = this.queue.record(this.words);
    this.journal.pageRequest(this.words, verdict);
    this.queue.notify(this.words, verdict, wasEmpty);
    if (verdict !== PPR.WRITTEN && !isStopMarker(request)) this.#answer(request, verdict);
    return verdict;
  }

  #answer(request: PageRequest, verdict: number): void {
    const { sid, ssid, group, last } = request;
    const failure = { sid, ssid: null, group, code: 'failure', automatic: true } as const;
    if (verdict !== PPR.FULL && verdict !== PPR.OVERFLOWED) return this.respond(failure);
    // An overflow answers for the group, at its end.
    if (!last) return;
    if (ssid === undefined) return this.respond({ ...failure, code: 'success' });
    if (this.core.features.pps) return this.respond({ ...failure, ssid, code: 'success' });
    if (!this.#findSte(sid)) return this.respond(failure);
    const { slots, txn } = this.core;
    this.respond({ ...failure, ssid: ppar(slots, txn.slot + SLOT.STE) === 1 ? ssid : null, code: 'success' });
  }

  /** The STE, for its PPAR; faults on the way are told as those of a translation request (CR2.REC_CFG_ATS, RECINVSID). */
  #findSte(sid: number): boolean {
    const { txn } = this.core;
    txn.start(0, sid, 0, 1 | (TRANSACTION.ATS_REQUEST << 3), 0, 0, 0);
    const found = this.config.lookupSte();
    txn.inFlight = false;
    return found;
  }
}
