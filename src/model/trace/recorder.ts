import { hiWord, loWord } from '../base/address.ts';
import { MISUSE_PLACES, misuseNumber } from '../spec/misuse.ts';
import type { Misuse } from '../spec/misuse.ts';
import { causeWords } from './misuse-cause.ts';
import { CAUSE, ENDING, IND, KIND, NO_LEVEL, PAYLOAD, PNU, RNW, SPACE, SSID_MASK, SSV, TYPE_SHIFT, VERDICT } from './record.ts';
import { RecordWriter } from './record-writer.ts';
import { SilentSink } from './sink.ts';
import type { AtosOperation } from './atos-operation.ts';
import type { Sink } from './sink.ts';
import type { StepWitness } from './step-witness.ts';

/** Bytes of a hop's text in one record. */
const HOP_BYTES = 32;

/** `transactions`: one record of each, commands, events, registers; `steps`: begin and end, every read, lookup, fill and check. */
export const TRACE_LEVELS = ['transactions', 'steps'] as const;
export type TraceLevel = (typeof TRACE_LEVELS)[number];

/**
 * Writes what the engine does as records into a sink. The engine tests one reference for null where nobody listens;
 * nothing here reads a clock or allocates.
 */
export class Recorder extends RecordWriter {
  readonly level: TraceLevel;
  readonly steps: boolean;
  witness: StepWitness | null = null;
  /** What arrived, until it has ended: level `transactions`. */
  private inHi = 0;
  private inLo = 0;
  private bytes = 0;
  private retryOf = 0;

  constructor(sink: Sink, level: TraceLevel = 'steps') {
    super(sink);
    this.level = level;
    this.steps = level === 'steps';
  }

  /** A recorder for a witness alone. */
  static silent(witness: StepWitness): Recorder {
    const recorder = new Recorder(new SilentSink());
    recorder.witness = witness;
    return recorder;
  }

  begin(
    transaction: number,
    sid: number,
    ssidKey: number,
    rnw: number,
    ind: number,
    pnu: number,
    hi: number,
    lo: number,
    bytes: number,
    retryOf = 0,
    type = 0,
  ): void {
    this.transaction = transaction;
    this.sid = sid;
    const bits = (rnw ? RNW : 0) | (ind ? IND : 0) | (pnu ? PNU : 0) | (type << TYPE_SHIFT);
    this.client = (ssidKey > 0 ? SSV | (ssidKey - 1) : 0) | bits;
    if (!this.steps) {
      this.inHi = hi;
      this.inLo = lo;
      this.bytes = bytes;
      this.retryOf = retryOf;
      return;
    }
    this.open(KIND.TXN_BEGIN, 0, NO_LEVEL, SPACE.IOVA, 0, 0, 0, hi, lo);
    this.put(0, bytes);
    this.put(1, retryOf);
    this.close();
  }

  end(status: number, event: number, rule: number, hi: number, lo: number, shift: number, attributes: number, reads: number, response: number): void {
    if (this.steps) {
      this.open(KIND.TXN_END, 0, NO_LEVEL, SPACE.PA, status, 0, rule, hi, lo);
      this.put(0, status);
      this.put(1, event);
      this.put(4, shift);
      this.put(7, response);
    } else {
      const { STATUS: [statusAt], RESPONSE: [responseAt], SHIFT: [shiftAt], EVENT: [eventAt] } = ENDING;
      this.open(KIND.TXN, 0, NO_LEVEL, SPACE.IOVA, status, 0, rule, this.inHi, this.inLo);
      this.put(0, this.bytes);
      this.put(1, this.retryOf);
      this.put(4, (status << statusAt) | (response << responseAt) | (shift << shiftAt) | (event << eventAt));
    }
    this.put(2, lo);
    this.put(3, hi);
    this.put(5, attributes);
    this.put(6, reads);
    this.close();
    this.transaction = 0;
    this.sid = 0;
    this.client = 0;
  }

  /** A descriptor read at PA (hi, lo), for the IPA (ipaHi, ipaLo) when it is a stage 1 table seen through stage 2. */
  read(
    stage: number,
    level: number,
    purpose: number,
    verdict: number,
    hi: number,
    lo: number,
    wordHi: number,
    wordLo: number,
    ipaHi: number,
    ipaLo: number,
    index: number,
  ): void {
    this.witness?.read(stage, level, purpose, hi, lo, wordHi, wordLo, ipaHi, ipaLo);
    this.open(KIND.READ, stage, level, SPACE.PA, verdict, purpose, 0, hi, lo);
    this.put(0, wordLo);
    this.put(1, wordHi);
    this.put(2, ipaLo);
    this.put(3, ipaHi);
    this.put(4, index);
    this.close();
  }

  /** Hardware changed the low word of the leaf at PA (hi, lo) from `before` to `after`. */
  update(stage: number, level: number, purpose: number, rule: number, hi: number, lo: number, wordHi: number, before: number, after: number): void {
    this.witness?.update(hi, lo, wordHi, after);
    this.open(KIND.UPDATE, stage, level, SPACE.PA, 0, purpose, rule, hi, lo);
    this.put(0, before);
    this.put(1, wordHi);
    this.put(2, after);
    this.put(3, wordHi);
    this.close();
  }

  /** A 64-byte structure at PA (hi, lo), its 16 words at `words[from]`. */
  struct(purpose: number, hi: number, lo: number, words: Int32Array, from: number): void {
    this.witness?.struct(purpose, hi, lo, words, from);
    for (let half = 0; half < 2; half++) {
      this.open(KIND.READ_STRUCT, 0, half, SPACE.PA, 0, purpose, 0, hi, (lo + half * 32) | 0);
      for (let i = 0; i < 8; i++) this.put(i, words[from + half * 8 + i]!);
      this.close();
    }
  }

  lookup(
    cache: number,
    stage: number,
    purpose: number,
    verdict: number,
    space: number,
    hi: number,
    lo: number,
    entry: number,
    heldHi: number,
    heldLo: number,
    origin: number,
    shift: number,
  ): void {
    this.witness?.lookup(cache, verdict, entry);
    this.#cache(KIND.LOOKUP, cache, stage, purpose, verdict, space, hi, lo, entry, heldHi, heldLo, origin, shift);
  }

  fill(
    cache: number,
    stage: number,
    purpose: number,
    space: number,
    hi: number,
    lo: number,
    entry: number,
    heldHi: number,
    heldLo: number,
    origin: number,
    shift: number,
  ): void {
    this.witness?.fill(cache, entry);
    this.#cache(KIND.FILL, cache, stage, purpose, 0, space, hi, lo, entry, heldHi, heldLo, origin, shift);
  }

  /** A part of the walk begins, for the address (hi, lo) in `space`. */
  walk(stage: number, level: number, purpose: number, space: number, hi: number, lo: number): void {
    this.witness?.walk(purpose);
    this.open(KIND.WALK, stage, level, space, 0, purpose, 0, hi, lo);
    this.close();
  }

  fault(stage: number, level: number, purpose: number, rule: number, space: number, hi: number, lo: number, event: number, recorded: number, addressHi: number, addressLo: number): void {
    this.open(KIND.FAULT, stage, level, space, 1, purpose, rule, hi, lo);
    this.put(0, event);
    this.put(1, recorded);
    this.put(2, addressLo);
    this.put(3, addressHi);
    this.close();
  }

  event(words: Int32Array, verdict: number): void {
    this.open(KIND.EVENT, 0, NO_LEVEL, SPACE.NONE, verdict, 0, 0, 0, 0);
    for (let i = 0; i < 8; i++) this.put(i, words[i]!);
    this.close();
  }

  command(hi: number, lo: number, words: Int32Array, verdict: number, removed: number, queue: number): void {
    this.open(KIND.COMMAND, 0, NO_LEVEL, SPACE.PA, verdict, 0, 0, hi, lo);
    for (let i = 0; i < 4; i++) this.put(i, words[i]!);
    this.put(4, removed);
    this.put(5, queue);
    this.close();
  }

  /** The completion of a translation request for the page (hi, lo); `cause`: the event behind it. */
  completion(
    completion: number,
    rule: number,
    hi: number,
    lo: number,
    request: number,
    grant: number,
    outHi: number,
    outLo: number,
    shift: number,
    space: number,
    cause: number,
  ): void {
    this.open(KIND.ATS, 0, NO_LEVEL, SPACE.IOVA, completion, 0, rule, hi, lo);
    this.put(0, request);
    this.put(1, grant);
    this.put(2, outLo);
    this.put(3, outHi);
    this.put(4, shift);
    this.put(5, space);
    this.put(6, cause);
    this.close();
  }

  /** The ATC of a device, outside any transaction of the SMMU. */
  atc(
    what: number,
    sid: number,
    ssid: number | null,
    hi: number,
    lo: number,
    entries: number,
    grant: number,
    outHi: number,
    outLo: number,
    shift: number,
    origin: number,
  ): void {
    this.device(sid, ssid);
    this.open(KIND.ATC, 0, NO_LEVEL, SPACE.IOVA, what, 0, 0, hi, lo);
    this.put(0, entries);
    this.put(1, grant);
    this.put(2, outLo);
    this.put(3, outHi);
    this.put(4, shift);
    this.put(5, origin);
    this.close();
    this.nobody();
  }

  /** A PRI queue entry and what became of it. */
  pageRequest(words: Int32Array, verdict: number): void {
    this.device(words[0]!, words[1]! < 0 ? words[1]! & SSID_MASK : null);
    this.open(KIND.PPR, 0, NO_LEVEL, SPACE.IOVA, verdict, 0, 0, words[3]!, words[2]! & ~0xfff);
    for (let i = 0; i < 4; i++) this.put(i, words[i]!);
    this.close();
    this.nobody();
  }

  pageResponse(sid: number, ssid: number | null, group: number, code: number, automatic: boolean): void {
    this.device(sid, ssid);
    this.open(KIND.PRI_RESPONSE, 0, NO_LEVEL, SPACE.NONE, code, 0, 0, 0, 0);
    this.put(0, group);
    this.put(1, automatic ? 1 : 0);
    this.close();
    this.nobody();
  }

  register(write: boolean, offset: number, lo: number, hi: number): void {
    this.open(write ? KIND.REG_WRITE : KIND.REG_READ, 0, NO_LEVEL, SPACE.NONE, 0, 0, 0, 0, offset);
    this.put(0, lo);
    this.put(1, hi);
    this.close();
  }

  memory(hi: number, lo: number, bytes: Uint8Array): void {
    this.open(KIND.MEM_WRITE, 0, NO_LEVEL, SPACE.PA, 0, 0, 0, hi, lo);
    this.put(0, bytes.length);
    for (let i = 0; i < Math.min(bytes.length, 28); i++) {
      const word = PAYLOAD + 1 + (i >>> 2);
      this.current[this.at + word] = this.current[this.at + word]! | (bytes[i]! << ((i & 3) * 8));
    }
    this.close();
  }

  /** A part of what is told of a stale hit: `part` as STALE, the address of `space`, its payload. */
  stale(part: number, stage: number, level: number, purpose: number, rule: number, space: number, hi: number, lo: number, payload: ArrayLike<number>): void {
    this.open(KIND.STALE, stage, level, space, part, purpose, rule, hi, lo);
    for (let i = 0; i < payload.length; i++) this.put(i, payload[i]!);
    this.close();
  }

  irq(source: number): void {
    this.number(KIND.IRQ, source);
  }

  wakeUp(why: number): void {
    this.number(KIND.SEV, why);
  }

  msi(source: number, hi: number, lo: number, data: number, verdict: number): void {
    this.open(KIND.MSI, 0, NO_LEVEL, SPACE.PA, verdict, 0, 0, hi, lo);
    this.put(0, source);
    this.put(1, data);
    this.close();
  }

  atos({ sid, ssidKey, type, rnw, ind, pnu, hi, lo, vmid }: AtosOperation, parHi: number, parLo: number): void {
    this.open(KIND.ATOS, 0, NO_LEVEL, type === 2 ? SPACE.IPA : SPACE.IOVA, parLo & 1, 0, 0, hi, lo);
    this.current[this.at + 4] = sid;
    this.current[this.at + 5] = (ssidKey > 0 ? SSV | (ssidKey - 1) : 0) | (rnw ? RNW : 0) | (ind ? IND : 0) | (pnu ? PNU : 0);
    this.put(0, type);
    this.put(1, vmid === null ? 0 : vmid + 1);
    this.put(2, parLo);
    this.put(3, parHi);
    this.close();
  }

  misuse({ id, place, address, write, cause }: Misuse): void {
    this.open(KIND.MISUSE, 0, NO_LEVEL, place === 'pa' ? SPACE.PA : SPACE.NONE, 0, 0, 0, hiWord(address), loWord(address));
    this.put(0, misuseNumber(id));
    this.put(1, MISUSE_PLACES.indexOf(place));
    this.put(2, write ? 1 : 0);
    if (cause !== undefined) causeWords(cause).forEach((word, i) => this.put(3 + i, word));
    this.close();
  }

  /** The current transaction stalls; `held` and `leader` as KIND.STALL says. */
  stall(stag: number, held: number, leader: number): void {
    this.open(KIND.STALL, 0, NO_LEVEL, SPACE.NONE, 0, 0, 0, 0, 0);
    this.put(0, stag);
    this.put(1, held);
    this.put(2, leader);
    this.close();
  }

  /** A stalled transaction goes on or ends; transaction 0: nothing has this STAG. */
  resume(transaction: number, sid: number, ssidKey: number, stag: number, action: number, cause: number): void {
    const [outerTransaction, outerSid, outerClient] = [this.transaction, this.sid, this.client];
    this.transaction = transaction;
    this.sid = sid;
    this.client = ssidKey > 0 ? SSV | (ssidKey - 1) : 0;
    this.open(KIND.RESUME, 0, NO_LEVEL, SPACE.NONE, cause === CAUSE.NOTHING ? VERDICT.MISS : VERDICT.OK, 0, 0, 0, 0);
    this.transaction = outerTransaction;
    this.sid = outerSid;
    this.client = outerClient;
    this.put(0, stag);
    this.put(1, action);
    this.put(2, cause);
    this.close();
  }

  step(index: number): void {
    this.number(KIND.STEP, index);
  }

  #cache(
    kind: number,
    cache: number,
    stage: number,
    purpose: number,
    verdict: number,
    space: number,
    hi: number,
    lo: number,
    entry: number,
    heldHi: number,
    heldLo: number,
    origin: number,
    shift: number,
  ): void {
    this.open(kind, stage, NO_LEVEL, space, verdict, purpose, 0, hi, lo);
    this.put(0, cache);
    this.put(1, entry);
    this.put(2, heldLo);
    this.put(3, heldHi);
    this.put(4, origin);
    this.put(5, shift);
    this.close();
  }

  /** A hop of the stack, with its text (ASCII); `result` null: it gave none. */
  hop(hop: number, path: number, result: number | null, began: number, faultStep: number, device: number, dropped: boolean, text: string): void {
    this.open(KIND.HOP, 0, NO_LEVEL, SPACE.NONE, dropped ? 1 : 0, 0, 0, 0, 0);
    this.put(0, hop);
    this.put(1, path);
    this.put(2, result ?? 0);
    this.put(3, result === null ? 0 : 1);
    this.put(4, began);
    this.put(5, text.length);
    this.put(6, faultStep);
    this.put(7, device);
    this.close();
    for (let from = 0; from < text.length; from += HOP_BYTES) {
      this.open(KIND.HOP_DATA, 0, NO_LEVEL, SPACE.NONE, 0, 0, 0, 0, 0);
      for (let i = from; i < Math.min(from + HOP_BYTES, text.length); i++) {
        const word = this.at + PAYLOAD + ((i - from) >>> 2);
        this.current[word] = this.current[word]! | (text.charCodeAt(i) << ((i & 3) * 8));
      }
      this.close();
    }
  }
}
