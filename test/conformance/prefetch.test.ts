// CMD_PREFETCH_CONFIG and CMD_PREFETCH_ADDR (IHI 0070 4.2): hints that fill caches; never an error, never an event.
import { afterEach, describe, expect, it } from 'vitest';
import { tlbEntries } from '../../src/model/lab/inspect/caches.ts';
import { staleHitText } from '../../src/model/smmu/coherence/stale-hit-text.ts';
import { DEFAULT_CACHES, NO_CACHES } from '../../src/model/smmu/options.ts';
import type { Choices } from '../../src/model/spec/index.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import { decodeRecord, RECORD_WORDS } from '../../src/model/trace/record.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';
import { stepOf } from '../../src/model/trace/steps.ts';
import { CD_AT, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';
import type { MachineOptions } from './nested-machine.ts';

const CONFIG = 0x01n | (BigInt(SID) << 32n);
const ADDR = 0x02n | (BigInt(SID) << 32n);
const PAGE = 0x1000n;
const QEMU = PRESETS['qemu-11'].id;
const AF = 0x400n;

let m: NestedMachine;
afterEach(() => m.memory.release());

const machine = (options: MachineOptions = {}): NestedMachine =>
  (m = new NestedMachine({ caches: DEFAULT_CACHES, checkCoherence: true, choices: { 'command.prefetch': 'done' }, ...options }));

const choosing = (prefetch: Choices['command.prefetch']): NestedMachine => machine({ choices: { 'command.prefetch': prefetch } });
const config = (): object => ({ stes: m.smmu.config.stes.list().length });
const eventsWritten = (): number => m.smmu.read32(0x100a8);
const cmdqError = (): number => m.smmu.read32(0x60);

function told(act: () => void): string[] {
  const buffer = new TraceBuffer();
  m.smmu.setRecorder(new Recorder(buffer, 'transactions'));
  act();
  m.smmu.setRecorder(null);
  const words = buffer.taken();
  return Array.from({ length: words.length / RECORD_WORDS }, (_, i) => decodeRecord(words, i * RECORD_WORDS)).map((one) => stepOf(one).text);
}

describe('CMD_PREFETCH_CONFIG (4.2.1) [command.CMD_PREFETCH_CONFIG]', () => {
  it('has read STE and CD before the first access does', () => {
    const without = choosing('ignored').access().reads;
    choosing('done').command(CONFIG);
    expect(config()).toEqual({ stes: 1 });
    // The STE, the CD and the three levels of stage 2 above it.
    expect(m.access().reads).toBe(without - 5);
  });

  it('reads nothing where the SMMU takes no hints, and while SMMUEN is 0', () => {
    choosing('ignored').command(CONFIG);
    expect(config()).toEqual({ stes: 0 });
    choosing('done').smmu.write32(0x20, 0b1100);
    m.command(CONFIG);
    expect(config()).toEqual({ stes: 0 });
  });

  it('with SSV names a substream [command.CMD_PREFETCH_CONFIG.SSV] [command.CMD_PREFETCH_CONFIG.SubstreamID]', () => {
    machine({ id: { IDR1: QEMU.IDR1 | (20 << 6) }, ste: { S1CDMax: 2, S1DSS: 2 } }).cd({ ASID: 9 }, CD_AT + 128n);
    m.command(CONFIG | (1n << 11n) | (2n << 12n));
    const before = m.access('read', { ssid: 2 });
    expect(before).toMatchObject({ status: 'success', pa: PA });
    expect(m.access('read', { ssid: 2 }).reads).toBe(0);
    // The other CD was not asked for.
    expect(m.access('read', { ssid: 1 }).status).toBe('fault');
  });

  const spoilt: readonly (readonly [string, () => void])[] = [
    ['an illegal STE', () => m.setSte('S2T0SZ', 50)],
    ['an illegal CD', () => m.cd({ T0SZ: 50 })],
    ['a CD that stage 2 does not map', () => void m.mapStage2(CD_AT + GUEST, 0n)],
    ['an STE that is not valid', () => m.setSte('V', false)],
  ];

  it.each(spoilt)('%s is no error and no event, and the access finds it as it is', (_what, spoil) => {
    machine();
    spoil();
    m.command(CONFIG);
    m.command(ADDR);
    expect([eventsWritten(), cmdqError()]).toEqual([0, 0]);
    expect(m.access().status).toBe('fault');
    expect(eventsWritten()).toBe(1);
  });

  it('of a stream beyond the table is no event either, with CR2.RECINVSID too', () => {
    machine().command(0x01n | (0xffffn << 32n));
    expect([eventsWritten(), cmdqError()]).toEqual([0, 0]);
  });
});

describe('CMD_PREFETCH_ADDR (4.2.2) [command.CMD_PREFETCH_ADDR] [command.CMD_PREFETCH_ADDR.Address]', () => {
  it('has translated before the first access does', () => {
    machine().command(ADDR, IOVA);
    expect(m.access()).toMatchObject({ status: 'success', pa: PA, reads: 0 });
  });

  it('2^Size pages, 2^(12 + Stride) bytes apart; what is not mapped is passed over [command.CMD_PREFETCH_ADDR.Size] [command.CMD_PREFETCH_ADDR.Stride]', () => {
    machine();
    for (const page of [2n, 6n]) {
      m.mapStage1(IOVA + page * PAGE, (IPA + page * PAGE) | S1_PAGE);
      m.mapStage2(IPA + page * PAGE, (PA + page * PAGE) | S2_PAGE);
    }
    m.command(ADDR, IOVA | 2n | (1n << 5n));
    const reads = [0n, 2n, 6n].map((page) => m.access('read', { iova: IOVA + page * PAGE }).reads);
    expect(reads).toEqual([0, 0, 0]);
    expect(eventsWritten()).toBe(0);
  });

  it('no more than the TLB holds: 2^31 addresses are a hint, not a burden', () => {
    machine({ caches: { ...DEFAULT_CACHES, tlb: 4 } }).command(ADDR, IOVA | 31n);
    expect(tlbEntries(m.smmu.core).length).toBeGreaterThan(0);
    expect(told(() => m.command(ADDR, IOVA | 31n)).filter((text) => text.startsWith('CMD_PREFETCH_ADDR: IOVA'))).toHaveLength(4);
    machine({ caches: NO_CACHES }).command(ADDR, IOVA | 31n);
    expect(m.access().status).toBe('success');
  });

  it('3.14: of a page that may be executed only, or read by nobody else; a fault stalls nothing and is nobody\'s', () => {
    machine({ id: { IDR0: QEMU.IDR0 & ~(3 << 24) & ~(1 << 26), IDR5: QEMU.IDR5 | (4 << 16) }, ste: { S2S: true } });
    m.mapStage2(IPA, 0n);
    m.command(ADDR, IOVA);
    expect([m.smmu.stalls.entries().length, eventsWritten()]).toEqual([0, 0]);
    m.mapStage2(IPA, PA | (S2_PAGE & ~0xc0n));
    m.command(ADDR, IOVA);
    expect(m.access('execute', { privileged: false })).toMatchObject({ status: 'success', reads: 0 });
  });

  it('3.13: sets the access flag as a speculative read does, and makes nothing dirty [cd.HA] [cd.HD]', () => {
    const dirty = 1n << 51n;
    const readOnly = 0x80n;
    machine({ id: { IDR0: QEMU.IDR0 | (2 << 6) }, cd: { HA: true, HD: true } });
    const leaf = m.mapStage1(IOVA, (IPA | S1_PAGE | dirty | readOnly) & ~AF);
    m.command(ADDR, IOVA);
    expect(m.memory.read64(leaf)! & (AF | readOnly)).toBe(AF | readOnly);
  });

  it('is ignored from within a transaction: an interrupt handler\'s', () => {
    let asked = 0;
    const onInterrupt = (): void => {
      if (asked++ === 0) m.command(ADDR, IOVA);
    };
    machine({ onInterrupt }).smmu.write32(0x50, 0b100);
    expect(m.access('read', { iova: IOVA + PAGE })).toMatchObject({ status: 'fault', fault: { name: 'F_TRANSLATION' } });
    expect(asked).toBeGreaterThan(0);
    expect(m.access().reads).toBeGreaterThan(0);
  });
});

describe('what a prefetch leaves behind', () => {
  it('is in the trace: the command, then what it did', () => {
    machine();
    expect(told(() => m.command(CONFIG))).toEqual([
      'CMDQ_PROD = 0x1',
      'CMD_PREFETCH_CONFIG StreamID 8',
      'CMD_PREFETCH_CONFIG: configuration from StreamID 0x8: success; 5 reads; nobody waits',
    ]);
    const [, , walk] = told(() => m.command(ADDR, IOVA + PAGE));
    expect(walk).toMatch(/^CMD_PREFETCH_ADDR: IOVA 0x123456001000 from StreamID 0x8: fault F_TRANSLATION; .*nobody waits$/);
  });

  it('is named as what filled a stale entry, and needs the same invalidation', () => {
    machine().command(ADDR, IOVA);
    m.mapStage1(IOVA, (IPA + PAGE) | S1_PAGE);
    m.mapStage2(IPA + PAGE, (PA + PAGE) | S2_PAGE);
    const [hit] = m.access().stale;
    expect(hit).toMatchObject({ filledBy: 1, prefetch: 'CMD_PREFETCH_ADDR', commands: [{ name: 'CMD_TLBI_NH_VA' }] });
    expect(staleHitText(hit!)).toContain('filled by transaction 1, a CMD_PREFETCH_ADDR, is stale');
    machine().command(CONFIG);
    m.cd({ V: false });
    expect(m.access().stale.map(staleHitText)).toEqual([expect.stringContaining('filled by transaction 1, a CMD_PREFETCH_CONFIG, is stale')]);
  });
});
