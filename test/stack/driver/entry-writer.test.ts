import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { cdWords, steWords, ZERO_ENTRY } from '../../../src/model/stack/host/driver/entry.ts';
import type { Entry } from '../../../src/model/stack/host/driver/entry.ts';
import { writeEntry } from '../../../src/model/stack/host/driver/entry-writer.ts';
import type { EntryTarget, UpdateKind } from '../../../src/model/stack/host/driver/entry-writer.ts';
import { abortSte, bypassSte, cdTableSte, nestedSte, S1DSS, stage2Ste } from '../../../src/model/stack/host/driver/ste-make.ts';
import type { SteContext } from '../../../src/model/stack/host/driver/ste-make.ts';
import { cdSafe, cdUsed, steSafe, steUsed } from '../../../src/model/stack/host/driver/used-bits.ts';
import { hex16 } from './host-machine.ts';

/** The fixture of arm-smmu-v3-test.c (e.1). */
const MASTER: SteContext = { attrTypesOvr: true, e2h: false, stalls: true, stallEnabled: false, ats: true };
const STALL: SteContext = { ...MASTER, stallEnabled: true, ats: false };
const CD_TABLE = { address: 0xf0f0_f0f0_f0f0n, s1cdmax: 0xff, s1fmt: 2 };
const OTHER_CD_TABLE = { ...CD_TABLE, address: 0x4b_4b4b_4b4bn };
/** PS 1, TG 2, SH 3, OR 1, IR 2, SL 3, T0SZ 4. */
const VTCR = (1 << 16) | (2 << 14) | (3 << 12) | (1 << 10) | (2 << 8) | (3 << 6) | 4;
const S2 = { vmid: 0, vtcr: VTCR, vttbr: 0xdaed_beef_dead_beefn, fwb: false };

const ABORT = abortSte();
const BYPASS = bypassSte(MASTER);
const CDTABLE = cdTableSte(MASTER, CD_TABLE);
const S1DSS_BYPASS = cdTableSte(MASTER, CD_TABLE, S1DSS.BYPASS);
const CDTABLE_STALL = cdTableSte(STALL, CD_TABLE);
const S2_STE = stage2Ste(MASTER, S2);
const S2_STALL = stage2Ste(STALL, S2);
const S2_NO_ATS = stage2Ste({ ...MASTER, ats: false }, S2);
/** The guest's half of a nested entry: its EATS is stripped, the host's is in the stage-2 half. */
const GUEST: readonly [bigint, bigint] = [S1DSS_BYPASS[0]!, S1DSS_BYPASS[1]! & ~(3n << 28n) & ~(3n << 44n)];
const NESTED = nestedSte(MASTER, S2, GUEST);

interface Written {
  readonly kind: UpdateKind;
  readonly syncs: number;
  /** A word 0 of 0 was seen by a sync. */
  readonly invalid: boolean;
  /** Words stored before each sync. */
  readonly stored: readonly (readonly number[])[];
  /** The entry at each sync. */
  readonly seen: readonly Entry[];
  readonly final: Entry;
}

/** Records an update as the KUnit test does, and asserts at each sync what the SMMU may see. */
function update(from: Entry, to: Entry, rules: Pick<EntryTarget, 'used' | 'safe'>): Written {
  const words = [...from];
  const stored: number[][] = [];
  const seen: Entry[] = [];
  let group: number[] = [];
  let invalid = false;
  const kind = writeEntry({
    ...rules,
    read: (word) => words[word]!,
    write: (word, value) => {
      words[word] = value;
      group.push(word);
    },
    sync: () => {
      stored.push(group);
      group = [];
      seen.push([...words]);
      if (words[0] === 0n) invalid = true;
      else expectOldOrNew(words, from, to, rules);
    },
  }, to);
  expect(group).toEqual([]);
  return { kind, syncs: stored.length, invalid, stored, seen, final: words };
}

/** The entry, within its own used bits and without those that are safe, is the old one or the new one. */
function expectOldOrNew(words: Entry, from: Entry, to: Entry, rules: Pick<EntryTarget, 'used' | 'safe'>): void {
  const used = rules.used(words);
  const safe = rules.safe(from, to);
  const seen = (entry: Entry): string => entry.map((word, i) => hex16(word & used[i]! & ~safe[i]!)).join(' ');
  expect([seen(from), seen(to)]).toContain(seen(words));
}

const STE_RULES = { used: steUsed, safe: steSafe };
const CD_RULES = { used: cdUsed, safe: cdSafe };

const first4 = (entry: Entry): string[] => entry.slice(0, 4).map(hex16);
const ZERO = '0000000000000000';

describe('entries of the fixture (e.1)', () => {
  test.each<[string, Entry, string[]]>([
    ['abort', ABORT, ['0000000000000001', ZERO, ZERO, ZERO]],
    ['bypass', BYPASS, ['0000000000000009', '0000100000000000', ZERO, ZERO]],
    ['S1 (SSID0, ATS)', CDTABLE, ['f800f0f0f0f0f0eb', '00000000180000d6', ZERO, ZERO]],
    ['S1 (S1DSS = bypass, ATS)', S1DSS_BYPASS, ['f800f0f0f0f0f0eb', '00001000180000d5', ZERO, ZERO]],
    ['S1 (stall, no ATS)', CDTABLE_STALL, ['f800f0f0f0f0f0eb', '00000000000000d6', ZERO, ZERO]],
    ['S2 (ATS)', S2_STE, ['000000000000000d', '0000100010000000', '0449b6c400000000', '000dbeefdeadbee0']],
    ['S2 (stall)', S2_STALL, ['000000000000000d', '0000100000000000', '0649b6c400000000', '000dbeefdeadbee0']],
    ['nested (S1DSS bypass, ATS, MEV)', NESTED, ['f800f0f0f0f0f0ef', '00001000180800d5', '0449b6c400000000', '000dbeefdeadbee0']],
  ])('%s', (_, entry, expected) => {
    expect(first4(entry)).toEqual(expected);
    expect(entry.slice(4)).toEqual([0n, 0n, 0n, 0n]);
  });

  test('a VHE host puts its own stage-1 streams at EL2; without ATTR_TYPES_OVR SHCFG stays 0', () => {
    expect(hex16(cdTableSte({ ...MASTER, e2h: true }, CD_TABLE)[1]!)).toBe('00000000980000d6');
    expect(bypassSte({ ...MASTER, attrTypesOvr: false })[1]).toBe(0n);
    expect(stage2Ste({ ...MASTER, ats: false }, { ...S2, fwb: true })[1]).toBe((1n << 44n) | (1n << 25n));
  });
});

type Case = readonly [name: string, from: Entry, to: Entry, syncs: number, hitless: boolean, stored: readonly (readonly number[])[]];

const STE_CASES: readonly Case[] = [
  ['bypass_to_abort', BYPASS, ABORT, 2, true, [[0], [1]]],
  ['abort_to_bypass', ABORT, BYPASS, 2, true, [[1], [0]]],
  ['cdtable_to_abort', CDTABLE, ABORT, 2, true, [[0], [1]]],
  ['abort_to_cdtable', ABORT, CDTABLE, 2, true, [[1], [0]]],
  ['cdtable_to_bypass', CDTABLE, BYPASS, 3, true, [[1], [0], [1]]],
  ['bypass_to_cdtable', BYPASS, CDTABLE, 3, true, [[1], [0], [1]]],
  ['cdtable_s1dss_change (to bypass)', CDTABLE, S1DSS_BYPASS, 1, true, [[1]]],
  ['cdtable_s1dss_change (to SSID0)', S1DSS_BYPASS, CDTABLE, 1, true, [[1]]],
  ['s1dssbypass_to_stebypass', S1DSS_BYPASS, BYPASS, 2, true, [[0], [1]]],
  ['stebypass_to_s1dssbypass', BYPASS, S1DSS_BYPASS, 2, true, [[1], [0]]],
  ['s2_to_abort', S2_STE, ABORT, 2, true, [[0], [1, 2, 3]]],
  ['abort_to_s2', ABORT, S2_STE, 2, true, [[1, 2, 3], [0]]],
  ['s2_to_bypass', S2_STE, BYPASS, 2, true, [[0], [1, 2, 3]]],
  ['bypass_to_s2', BYPASS, S2_STE, 2, true, [[1, 2, 3], [0]]],
  ['s1_to_s2', CDTABLE, S2_STE, 3, true, [[1, 2, 3], [0], [1]]],
  ['s1_to_s2_stall', CDTABLE_STALL, S2_STALL, 3, true, [[1, 2, 3], [0], [1]]],
  ['s2_to_s1', S2_STE, CDTABLE, 3, true, [[1], [0], [1, 2, 3]]],
  ['s2_to_s1_stall', S2_STALL, CDTABLE_STALL, 3, true, [[1], [0], [1, 2, 3]]],
  ['non_hitless (CD pointer and S1DSS together)', CDTABLE, cdTableSte(MASTER, OTHER_CD_TABLE, S1DSS.BYPASS), 3, false, [[0], [1], [0]]],
  ['nested_s1dssbypass_to_s1bypass', NESTED, S2_NO_ATS, 3, true, [[1], [0], [1]]],
  ['nested_s1bypass_to_s1dssbypass', S2_NO_ATS, NESTED, 2, true, [[1], [0]]],
];

const CD_FIELDS = { V: true, AA64: true, R: true, A: true, ASET: true, EPD1: true, IPS: 1, SH0: 3, OR0: 1, IR0: 2, TG0: 2, T0SZ: 4, TTB0: 0x000d_beef_dead_bee0n, MAIR0: 0x1234_5678, MAIR1: 0x0abc_def0 };
const cd = (asid: number): Entry => cdWords({ ...CD_FIELDS, ASID: asid });
const SVA = cdWords({ ...CD_FIELDS, ASID: 1997, SH0: 3, OR0: 1, IR0: 1, ASET: false });
/** arm_smmu_make_sva_cd() without mm: both halves off, faults terminate quietly. */
const SVA_RELEASED = cdWords({ V: true, AA64: true, EPD0: true, EPD1: true, IPS: 1, A: true, R: true, ASID: 1997, MAIR0: 0x1234_5678, MAIR1: 0x0abc_def0 });

const CD_CASES: readonly Case[] = [
  ['cd s1_clear (0 to CD)', ZERO_ENTRY, cd(1997), 2, false, [[1, 3], [0]]],
  ['cd s1_clear (CD to 0)', cd(1997), ZERO_ENTRY, 2, false, [[0], [1, 3]]],
  ['cd s1_change_asid (778 to 1997)', cd(778), cd(1997), 1, true, [[0]]],
  ['cd s1_change_asid (1997 to 778)', cd(1997), cd(778), 1, true, [[0]]],
  ['cd sva_clear (0 to CD)', ZERO_ENTRY, SVA, 2, false, [[1, 3], [0]]],
  ['cd sva_clear (CD to 0)', SVA, ZERO_ENTRY, 2, false, [[0], [1, 3]]],
  ['cd sva_release (live to EPD0)', SVA, SVA_RELEASED, 2, true, [[0], [1]]],
  ['cd sva_release (EPD0 to live)', SVA_RELEASED, SVA, 2, true, [[1], [0]]],
];

describe.each([['STE', STE_CASES, STE_RULES], ['CD', CD_CASES, CD_RULES]] as const)('transitions of the KUnit suite (e.1): %s', (_, cases, rules) => {
  test.each(cases)('%s', (_name, from, to, syncs, hitless, stored) => {
    const written = update(from, to, rules);
    expect(written.stored).toEqual(stored);
    expect([written.syncs, written.invalid]).toEqual([syncs, !hitless || from[0] === 0n]);
    expect(written.final).toEqual(to);
  });
});

describe('around the suite', () => {
  test('the words of the CDs', () => {
    expect(first4(cd(1997))).toEqual(['07cde201c0003684', '000dbeefdeadbee0', ZERO, '0abcdef012345678']);
    expect(hex16(cd(778)[0]!)).toBe('030ae201c0003684');
  });

  test('intermediate states of bypass_to_cdtable', () => {
    expect(update(BYPASS, CDTABLE, STE_RULES).seen.map((entry) => first4(entry).slice(0, 2))).toEqual([
      ['0000000000000009', '00001000180000d6'],
      ['f800f0f0f0f0f0eb', '00001000180000d6'],
      ['f800f0f0f0f0f0eb', '00000000180000d6'],
    ]);
  });

  test.each([['nested_s1dssbypass_to_s1bypass', NESTED, S2_NO_ATS], ['nested_s1bypass_to_s1dssbypass', S2_NO_ATS, NESTED]] as const)(
    '%s needs the safe bits: without them it breaks, in three syncs',
    (_, from, to) => {
      const written = update(from, to, { used: steUsed, safe: cdSafe });
      expect([written.invalid, written.syncs, written.kind]).toEqual([true, 3, 'breaking']);
    },
  );

  test('an entry that is already there is neither stored nor synced', () => {
    expect(update(NESTED, NESTED, STE_RULES)).toMatchObject({ syncs: 0, kind: 'unused-only' });
  });

  test('the VMID is in use with either stage, as it tags the entries of both (IHI 0070 3.17)', () => {
    const used = [ABORT, BYPASS, CDTABLE, S2_STE, NESTED].map((ste) => steUsed(ste)[2]! & 0xffffn);
    expect(used).toEqual([0n, 0n, 0xffffn, 0xffffn, 0xffffn]);
  });

  test('EATS is not safe where either entry splits stages or stalls at stage 2', () => {
    expect(steSafe(NESTED, S2_STE)[1]).toBe((1n << 19n) | (1n << 28n));
    expect(steSafe(S2_STALL, S2_STE)[1]).toBe(1n << 19n);
    expect(steSafe(steWords({ V: true, EATS: 2 }), S2_STE)[1]).toBe(1n << 19n);
  });
});

const bool = fc.boolean();
const contexts = fc.record({ attrTypesOvr: bool, e2h: bool, stalls: bool, stallEnabled: bool, ats: bool });
const cdTables = fc.record({ address: fc.bigInt(0n, (1n << 52n) - 1n), s1cdmax: fc.nat(31), s1fmt: fc.nat(2) });
const stage2s = fc.record({ vmid: fc.nat(0xffff), vtcr: fc.nat(0x7ffff), vttbr: fc.bigInt(0n, (1n << 52n) - 1n), fwb: bool });
const guests = fc.tuple(cdTables, fc.nat(3), fc.constantFrom(0, 4, 5), bool).map(([table, s1dss, config, stalld]): [bigint, bigint] => {
  const words = steWords({ V: true, Config: config, S1Fmt: table.s1fmt, S1ContextPtr: table.address & 0x000f_ffff_ffff_ffc0n, S1CDMax: table.s1cdmax, S1DSS: s1dss, S1STALLD: stalld });
  return [words[0]!, words[1]!];
});

/** Every STE that the driver makes. */
const stes: fc.Arbitrary<Entry> = fc.oneof(
  fc.constant(ZERO_ENTRY),
  fc.constant(ABORT),
  contexts.map(bypassSte),
  fc.tuple(contexts, cdTables, fc.nat(2)).map(([context, table, s1dss]) => cdTableSte(context, table, s1dss)),
  fc.tuple(contexts, stage2s).map(([context, s2]) => stage2Ste(context, s2)),
  fc.tuple(contexts, stage2s, guests).map(([context, s2, guest]) => nestedSte(context, s2, guest)),
);

const cds: fc.Arbitrary<Entry> = fc.oneof(
  fc.constant(ZERO_ENTRY),
  fc.tuple(fc.nat(0xffff), fc.bigInt(0n, (1n << 48n) - 1n), bool, bool, fc.nat(0xffff_ffff)).map(([asid, ttb, epd0, stalls, mair]) =>
    cdWords({
      V: true, AA64: true, R: true, A: true, EPD1: true, S: stalls, ASID: asid, MAIR0: mair, EPD0: epd0,
      ...(epd0 ? {} : { T0SZ: 16, TG0: 0, IR0: 1, OR0: 1, SH0: 3, TTB0: ttb & ~0xfn }),
    })),
);

describe('property: whatever pair of entries, the SMMU sees the old one, the new one, or V = 0', () => {
  const holds = (from: Entry, to: Entry, rules: Pick<EntryTarget, 'used' | 'safe'>): void => {
    const written = update(from, to, rules);
    expect(written.final).toEqual(to);
    expect(written.syncs).toBeLessThanOrEqual(3);
    // V = 0 shows only where it must: an update that breaks, or one from or to nothing.
    const nothing = from[0] === 0n || to[0] === 0n;
    if (!nothing) expect(written.invalid).toBe(written.kind === 'breaking');
  };

  test('STE', () => {
    fc.assert(fc.property(stes, stes, (from, to) => holds(from, to, STE_RULES)), { numRuns: 3000 });
  });

  test('CD', () => {
    fc.assert(fc.property(cds, cds, (from, to) => holds(from, to, CD_RULES)), { numRuns: 3000 });
  });

  test('made entries set no bit that they do not use', () => {
    fc.assert(fc.property(stes, (ste) => void expect(ste.map((word, i) => word & ~steUsed(ste)[i]!)).toEqual([...ZERO_ENTRY])));
  });
});
