import { afterEach, describe, expect, it } from 'vitest';
import { fromWords } from '../../src/model/base/address.ts';
import { commandWords } from '../../src/model/smmu/coherence/removal.ts';
import { staleHitText } from '../../src/model/smmu/coherence/stale-hit-text.ts';
import { DEFAULT_CACHES, NO_CACHES, Smmu } from '../../src/model/smmu/smmu.ts';
import type { Outcome } from '../../src/model/smmu/smmu.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import { CD_AT, GUEST, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID, STREAM_TABLE } from './nested-machine.ts';

/**
 * Random changes of tables and configuration under two streams that share VMID and ASID. With the commands that a driver must
 * issue nothing is ever told, and what is cached answers like an SMMU without caches; without them every other answer is told.
 */

const PAGES = 6n;
const IOVA = 0x1234_5600_0000n;
const READ_ONLY = 0x80n;
const GLOBAL = 0x800n;
const VMID = 3n;
const ASID = 5n;

/** A repeatable sequence of numbers below `limit`. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % limit;
  };
}

let m: NestedMachine;
afterEach(() => m.memory.release());

class Sequence {
  readonly #random: (limit: number) => number;
  readonly #plain: Smmu;
  /** How many of a thousand commands the driver forgets. */
  readonly #forgets: number;
  told = 0;
  differed = 0;
  missed = 0;

  constructor(seed: number, forgets: number) {
    this.#random = randomNumbers(seed);
    this.#forgets = forgets;
    m = new NestedMachine({ caches: DEFAULT_CACHES, checkCoherence: true });
    m.ste({}, SID + 1);
    for (let page = 0n; page < PAGES; page++) {
      m.mapStage1(IOVA + page * 0x1000n, (IPA + page * 0x1000n) | S1_PAGE);
      m.mapStage2(IPA + page * 0x1000n, (PA + page * 0x1000n) | S2_PAGE);
    }
    this.#plain = new Smmu({ id: PRESETS['qemu-11'].id, memory: m.memory, caches: NO_CACHES });
    this.#plain.write32(0x2c, 2);
    this.#plain.write64(0x80, STREAM_TABLE);
    this.#plain.write32(0x88, 8);
    this.#plain.write32(0x20, 1);
  }

  /** One change with its commands, then accesses of both streams. */
  round(): void {
    this.#change();
    for (let i = 0; i < 3; i++) this.#access();
  }

  #access(): void {
    const request = {
      sid: SID + this.#random(2),
      iova: IOVA + BigInt(this.#random(Number(PAGES))) * 0x1000n,
      access: this.#random(3) === 0 ? 'write' : 'read',
      privileged: this.#random(2) === 0,
    } as const;
    const cached = m.smmu.translate(request);
    const plain = this.#plain.translate(request);
    const same = answer(cached) === answer(plain);
    if (cached.stale.length > 0) this.told++;
    if (!same) this.differed++;
    if (!same && cached.stale.length === 0) this.missed++;
    if (this.#forgets === 0 && (!same || cached.stale.length > 0)) expect({ stale: cached.stale.map(staleHitText), answer: answer(cached) }).toEqual({ stale: [], answer: answer(plain) });
  }

  #command(name: string, fields: Readonly<Record<string, bigint>>): void {
    if (this.#random(1000) < this.#forgets) return;
    const [a, b, c, d] = commandWords({ name, fields });
    m.command(fromWords(b!, a!), fromWords(d!, c!));
  }

  #change(): void {
    const page = BigInt(this.#random(Number(PAGES))) * 0x1000n;
    const other = BigInt(this.#random(Number(PAGES))) * 0x1000n;
    switch (this.#random(6)) {
      case 0:
      case 1:
        return this.#stage1(page, (IPA + other) | S1_PAGE | (this.#random(3) === 0 ? READ_ONLY : 0n));
      case 2:
        return this.#stage1(page, this.#random(2) === 0 ? 0n : ((IPA + page) | S1_PAGE) & ~GLOBAL);
      case 3:
        return this.#stage2(page, this.#random(3) === 0 ? 0n : (PA + other) | S2_PAGE);
      case 4:
        return this.#cd();
      default:
        return this.#ste();
    }
  }

  /** Broken, invalidated, made. */
  #stage1(page: bigint, leaf: bigint): void {
    for (const word of [0n, leaf]) {
      m.mapStage1(IOVA + page, word);
      this.#command('CMD_TLBI_NH_VA', { VMID, ASID, Address: IOVA + page, Leaf: 1n });
      this.#command('CMD_SYNC', {});
    }
  }

  #stage2(page: bigint, leaf: bigint): void {
    for (const word of [0n, leaf]) {
      m.mapStage2(IPA + page, word);
      this.#command('CMD_TLBI_S2_IPA', { VMID, Address: IPA + page, Leaf: 1n });
      this.#command('CMD_TLBI_NH_ALL', { VMID });
      this.#command('CMD_SYNC', {});
    }
  }

  #cd(): void {
    m.cd({ V: this.#random(5) > 0, MAIR0: this.#random(2) === 0 ? 0xff : 0x44, WXN: this.#random(2) === 0, AFFD: this.#random(2) === 0 });
    for (const sid of [SID, SID + 1]) this.#command('CMD_CFGI_CD', { StreamID: BigInt(sid), SubstreamID: 0n, Leaf: 1n });
    this.#command('CMD_SYNC', {});
    this.#command('CMD_TLBI_NH_ALL', { VMID });
    this.#command('CMD_SYNC', {});
  }

  #ste(): void {
    const sid = SID + this.#random(2);
    m.ste({ V: this.#random(5) > 0, Config: this.#random(5) === 0 ? 0 : 7, S1ContextPtr: CD_AT + GUEST, S2R: this.#random(2) === 0 }, sid);
    this.#command('CMD_CFGI_STE', { StreamID: BigInt(sid), Leaf: 1n });
    this.#command('CMD_SYNC', {});
  }
}

const answer = ({ status, pa, attributes, fault, response }: Outcome): string => [status, pa, attributes, fault?.name, fault?.stage, fault?.recorded, response].join(' ');

describe('two streams of one VMID and ASID', () => {
  it('10,000 changes with their commands: nothing is told, and answers are those of an SMMU without caches', () => {
    const sequence = new Sequence(1, 0);
    for (let i = 0; i < 10_000; i++) sequence.round();
    expect(sequence.told).toBe(0);
  });

  it('a driver that forgets a command now and then: every answer that differs is told', () => {
    const sequence = new Sequence(2, 150);
    for (let i = 0; i < 3000; i++) sequence.round();
    expect(sequence.differed).toBeGreaterThan(100);
    expect(sequence.missed).toBe(0);
  });
});
