import { describe, expect, it } from 'vitest';
import { Endpoint } from '../../src/model/endpoint/endpoint.ts';
import { DEFAULT_CACHES } from '../../src/model/smmu/options.ts';
import { AtsMachine, SPLIT } from './ats-machine.ts';
import { GUEST, IOVA, IPA, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';

describe('a device with an ATC', () => {
  const device = (m: AtsMachine): Endpoint => new Endpoint(m.smmu, { sid: SID, entries: 4, answers: true, credits: null });

  it('[rule.atc.refused] makes no access that its completion does not grant: nothing is told', () => {
    const m = new AtsMachine();
    m.mapStage1(IOVA, IPA | S1_PAGE | 0x80n);
    const one = device(m);
    expect(one.access({ sid: SID, iova: IOVA, access: 'read' }, 4)).toMatchObject({ status: 'bypass', pa: PA });
    expect(one.access({ sid: SID, iova: IOVA, access: 'write' }, 4)).toMatchObject({ status: 'fault', response: 'abort', rule: 'atc.refused', events: [] });
    expect(m.smmu.eventQueue.entries()).toEqual([]);
  });

  it('uses what it holds without asking again, until it is invalidated', () => {
    const m = new AtsMachine();
    const one = device(m);
    one.access({ sid: SID, iova: IOVA, access: 'read' }, 4);
    m.mapStage1(IOVA, 0n);
    expect(one.access({ sid: SID, iova: IOVA + 8n, access: 'read' }, 4)).toMatchObject({ pa: PA + 8n });
    expect(one.invalidate({ sid: SID, ssid: null, iova: IOVA, size: 0, global: false })).toBe(true);
    expect(one.access({ sid: SID, iova: IOVA, access: 'read' }, 4)).toMatchObject({ status: 'fault', response: 'abort', rule: 's1.invalid' });
  });

  describe('checked for coherence', () => {
    const TLBI = [0x12n | (3n << 32n) | (5n << 48n), IOVA] as const;
    const ATC_INV = [0x40n | (BigInt(SID) << 32n), IOVA] as const;
    const told = (one: Endpoint): readonly string[] => one.access({ sid: SID, iova: IOVA, access: 'read' }, 4).stale.map(({ cache, rule, commands }) => `${cache} ${rule} ${commands.map(({ name }) => name).join(' ')}`);
    const checked = (ste = {}): readonly [AtsMachine, Endpoint] => {
      const m = new AtsMachine({ caches: DEFAULT_CACHES, checkCoherence: true, ste });
      const one = device(m);
      m.smmu.connect({ invalidate: (what) => one.invalidate(what), respond: () => undefined });
      expect([told(one), told(one)]).toEqual([[], []]);
      return [m, one];
    };

    it('[rule.stale.atc] [command.CMD_ATC_INV] what it holds and memory no longer says is told, until CMD_ATC_INV', () => {
      const [m, one] = checked();
      m.mapStage1(IOVA, 0n);
      m.command(...TLBI);
      expect(told(one)).toEqual(['ATC stale.atc CMD_ATC_INV']);
      m.command(...ATC_INV);
      expect(told(one)).toEqual([]);
    });

    it('invalidated too early, it asks the TLB again: that entry is told, then what the device has from it', () => {
      const [m, one] = checked();
      m.mapStage1(IOVA, 0n);
      m.command(...ATC_INV);
      expect(told(one)).toEqual(['TLB stale.s1-leaf CMD_TLBI_NH_VA']);
      m.command(...TLBI);
      expect(told(one)).toEqual(['ATC stale.atc CMD_ATC_INV']);
    });

    it('with an IPA, stage 2 that refuses it is not told: the access is refused as it would be without', () => {
      const [m, one] = checked({ EATS: SPLIT });
      m.mapStage2(IPA, 0n);
      m.command(0x2an | (3n << 32n), IPA);
      m.command(0x10n | (3n << 32n));
      expect(told(one)).toEqual([]);
    });

    it('a completion for more addresses than translate alike now is told', () => {
      const [m, one] = checked();
      const block = IOVA + 0x20_0000n;
      const level2 = m.stage1Path(IOVA)[2]! + 8n;
      m.memory.write64(level2, 0x10_4120_0000n | (S1_PAGE & ~2n));
      m.memory.write64(m.stage2Path(IPA)[1]! + 8n, 0x4220_0000n | (S2_PAGE & ~2n));
      const hold = (): readonly string[] => one.request({ sid: SID, iova: block }).outcome.stale.map(({ rule }) => rule);
      expect([hold(), hold()]).toEqual([[], []]);
      // The same translation of this page, by pages of which only this one is there.
      const table = 0x4062_0000n;
      m.memory.write64(table, 0x10_4120_0000n | S1_PAGE);
      m.mapStage2(table + GUEST, table | S2_PAGE);
      m.memory.write64(level2, (table + GUEST) | 3n);
      expect(hold()).toEqual(['stale.s1-leaf']);
    });
  });
});
