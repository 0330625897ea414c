// Misuse that shows in caches: live structures that change, invalidations relied on before their CMD_SYNC, translations made without a break, fields that should be 0.
import { afterEach, describe, expect, it } from 'vitest';
import { fromWords } from '../../src/model/base/address.ts';
import { commandWords } from '../../src/model/smmu/coherence/removal.ts';
import { staleHitText } from '../../src/model/smmu/coherence/stale-hit-text.ts';
import { DEFAULT_CACHES } from '../../src/model/smmu/options.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import type { Misuse } from '../../src/model/spec/index.ts';
import { misuseLine } from '../../src/model/trace/misuse-text.ts';
import { CD_AT, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID, STREAM_TABLE } from './nested-machine.ts';
import type { MachineOptions } from './nested-machine.ts';

let m: NestedMachine;
let told: Misuse[] = [];
afterEach(() => m.memory.release());

function machine(options: MachineOptions = {}): void {
  told = [];
  m = new NestedMachine({ caches: DEFAULT_CACHES, checkCoherence: true, onMisuse: (misuse) => void told.push(misuse), ...options });
}

function command(name: string, fields: Readonly<Record<string, bigint>> = {}): void {
  const [a, b, c, d] = commandWords({ name, fields });
  m.command(fromWords(b!, a!), fromWords(d!, c!));
}

/** What was told since the last call, by id. */
const ids = (): string[] => told.splice(0).map(({ id }) => id);
const lines = (): string[] => told.splice(0).map(misuseLine);

const StreamID = BigInt(SID);
const cfgiCd = (): void => command('CMD_CFGI_CD', { StreamID, Leaf: 1n });
const tlbiVa = (): void => command('CMD_TLBI_NH_VA', { VMID: 3n, ASID: 5n, Address: IOVA, Leaf: 1n });
const sync = (): void => command('CMD_SYNC');

describe('an invalidation relied on before its CMD_SYNC [command.CMD_SYNC] [rule.stale.sync]', () => {
  const CASES = [
    { what: 'a leaf: CMD_TLBI_NH_VA', change: () => m.mapStage1(IOVA, 0n), invalidate: tlbiVa, name: 'CMD_TLBI_NH_VA VMID 3, ASID 5, Leaf 1, Address 0x123456000000' },
    { what: 'a CD: CMD_CFGI_CD', change: () => m.cd({ V: false }), invalidate: cfgiCd, name: 'CMD_CFGI_CD StreamID 8, Leaf 1' },
    { what: 'an STE: CMD_CFGI_STE', change: () => m.setSte('V', false), invalidate: () => command('CMD_CFGI_STE', { StreamID, Leaf: 1n }), name: 'CMD_CFGI_STE StreamID 8, Leaf 1' },
    {
      what: 'stage 2 of a table: CMD_TLBI_NSNH_ALL',
      change: () => m.mapStage2(m.stage1Path(IOVA)[3]! + GUEST, 0n),
      invalidate: () => command('CMD_TLBI_NSNH_ALL'),
      name: 'CMD_TLBI_NSNH_ALL',
    },
  ] as const;

  it.each(CASES.map((one) => [one.what, one] as const))('%s, told where the command took effect at once', (_, { change, invalidate, name }) => {
    machine();
    m.access();
    change();
    invalidate();
    expect(m.access().status).toBe('fault');
    expect(lines()).toEqual([expect.stringMatching(`^unsynced-invalidation: StreamID 0x8, ${name} not complete: `)]);
    m.access();
    sync();
    m.access();
    expect(ids()).toEqual([]);
  });

  it.each(CASES.map((one) => [one.what, one] as const))('%s, told where it takes effect at the CMD_SYNC: that is what is missing', (_, { change, invalidate }) => {
    machine({ choices: { 'command.completion': 'sync' } });
    m.access();
    change();
    invalidate();
    const early = m.access();
    expect(early.status).toBe('success');
    expect(ids()).toEqual(['unsynced-invalidation']);
    expect(early.stale.length).toBeGreaterThan(0);
    for (const hit of early.stale) expect(staleHitText(hit)).toMatch(/missing: CMD_SYNC \[stale\.sync\]$/);
    sync();
    expect(m.access().status).toBe('fault');
    expect(ids()).toEqual([]);
  });

  it.each(CASES.map((one) => [one.what, one] as const))('%s, silent with its CMD_SYNC', (_, { change, invalidate }) => {
    machine();
    m.access();
    change();
    invalidate();
    sync();
    expect(m.access().status).toBe('fault');
    expect(ids()).toEqual([]);
  });

  it('is silent of an access that has nothing to do with it: another stream, another page', () => {
    machine();
    m.ste({ S2VMID: 4 }, SID + 1);
    m.mapStage1(IOVA + 0x1000n, (IPA + 0x1000n) | S1_PAGE);
    m.mapStage2(IPA + 0x1000n, (PA + 0x1000n) | S2_PAGE);
    m.access();
    m.mapStage1(IOVA, 0n);
    tlbiVa();
    m.access('read', { iova: IOVA + 0x1000n });
    m.access('read', { sid: SID + 1 });
    expect(ids()).toEqual([]);
    m.access();
    expect(ids()).toEqual(['unsynced-invalidation']);
    sync();
    m.cd({ R: false });
    cfgiCd();
    m.access('read', { sid: SID + 2 });
    m.ste({}, SID + 2);
    m.access('read', { sid: SID + 2 });
    expect(ids()).toEqual([]);
  });

  it('is silent where what was removed was up to date, or where nothing was cached', () => {
    machine();
    m.access();
    tlbiVa();
    m.access();
    tlbiVa();
    sync();
    m.mapStage1(IOVA, 0n);
    tlbiVa();
    m.access();
    expect(ids()).toEqual([]);
  });

  it('a command that is refused was not issued', () => {
    machine();
    m.access();
    m.mapStage1(IOVA, 0n);
    command('CMD_TLBI_NH_VA', { VMID: 3n, ASID: 5n, Address: IOVA, Leaf: 1n, TG: 1n });
    expect(m.access().status).toBe('success');
    expect(ids()).toEqual([]);
  });
});

describe('a live STE or CD that changed and was used without its CMD_CFGI', () => {
  it('the CD: once for each change, and not for the commands that follow [command.CMD_CFGI_CD] [rule.stale.cd]', () => {
    machine();
    m.access();
    m.cd({ R: false });
    m.access();
    m.access();
    expect(lines()).toEqual([expect.stringMatching(/^live-cd-changed: PA 0x40600000, CD was 0x[0-9a-f]+ and is 0x[0-9a-f]+: .*CMD_CFGI_CD and CMD_SYNC/)]);
    cfgiCd();
    sync();
    m.access();
    expect(ids()).toEqual([]);
  });

  it('the STE, and a level-1 descriptor above it [command.CMD_CFGI_STE] [rule.stale.ste]', () => {
    machine();
    m.access();
    m.setSte('S2R', false);
    m.access();
    expect(told.map(({ id, place, address }) => [id, place, address])).toEqual([['live-ste-changed', 'pa', STREAM_TABLE + StreamID * 64n + 16n]]);
  });

  it('is silent with CMD_CFGI and CMD_SYNC, of fields that nobody reads, and of what was put back', () => {
    machine();
    m.access();
    m.cd({ R: false });
    cfgiCd();
    sync();
    m.access();
    m.setSte('SW_RESERVED', 5);
    m.access();
    m.cd({ R: true });
    m.cd({ R: false });
    m.access();
    expect(ids()).toEqual([]);
  });
});

describe('translations that are made without a break', () => {
  const BBML = (level: number): { IDR3: number } => ({ IDR3: (PRESETS['qemu-11'].id.IDR3 & ~(3 << 11)) | (level << 11) });
  const NT = 1n << 16n;
  const CONTIGUOUS = 1n << 52n;
  const BLOCK = 0x741n;
  const block = (IPA & ~0x1f_ffffn) | BLOCK;

  /** Stage 1 of IOVA as a block of 2 MiB, used, then as a table again. */
  function split(level: number, nT: bigint): string[] {
    machine({ id: BBML(level) });
    const at = m.stage1Path(IOVA)[2]!;
    const table = m.memory.read64(at)!;
    m.memory.write64(at, block | nT);
    m.access();
    told.length = 0;
    m.memory.write64(at, table);
    return ids();
  }

  it.each([
    [0, 0n, ['tlb-conflict']],
    [0, NT, ['tlb-conflict']],
    [1, 0n, ['tlb-conflict']],
    [1, NT, []],
    [2, 0n, []],
  ] as const)('BBML %i, nT %i: a block becomes a table [register.IDR3.BBML]', (level, nT, expected) => {
    expect(split(level, nT)).toEqual(expected);
  });

  it('a table becomes a block: nT is that of the block', () => {
    for (const [nT, expected] of [[0n, ['tlb-conflict']], [NT, []]] as const) {
      machine({ id: BBML(1) });
      m.access();
      m.memory.write64(m.stage1Path(IOVA)[2]!, block | nT);
      expect(ids()).toEqual(expected);
    }
  });

  it('the Contiguous bit alone is a conflict at BBML 0 only', () => {
    for (const [level, expected] of [[0, ['tlb-conflict']], [1, []]] as const) {
      machine({ id: BBML(level) });
      m.access();
      m.mapStage1(IOVA, IPA | S1_PAGE | CONTIGUOUS);
      expect(ids()).toEqual(expected);
    }
  });

  it('a non-global page becomes global: two entries for one address; not the reverse', () => {
    machine();
    m.access();
    m.mapStage1(IOVA, (IPA | S1_PAGE) & ~0x800n);
    expect(ids()).toEqual(['tlb-conflict']);
    machine();
    m.mapStage1(IOVA, (IPA | S1_PAGE) & ~0x800n);
    m.access();
    m.mapStage1(IOVA, IPA | S1_PAGE);
    expect(ids()).toEqual([]);
  });

  it('another address, or another type, of a leaf of either stage', () => {
    const OTHERS = [
      () => m.mapStage1(IOVA, (IPA + 0x1000n) | S1_PAGE),
      () => m.mapStage1(IOVA, IPA | S1_PAGE | 4n),
      () => m.mapStage2(IPA, (PA + 0x1000n) | S2_PAGE),
      () => m.mapStage2(IPA, PA | (S2_PAGE & ~0x3cn)),
    ];
    for (const change of OTHERS) {
      machine();
      m.access();
      change();
      expect(ids()).toEqual(['no-break-before-make']);
    }
  });

  it('names the descriptor, what it was and what it is', () => {
    machine();
    m.access();
    m.mapStage1(IOVA, (IPA + 0x1000n) | S1_PAGE);
    const [line] = lines();
    expect(line).toMatch(`no-break-before-make: PA 0x${m.stage1Path(IOVA)[3]!.toString(16)}, S1 L3 was 0x1041000f43 and is 0x1041001f43: `);
  });

  it('is silent of permissions and flags, of a break in between, and where nothing is cached', () => {
    machine();
    m.mapStage1(IOVA, (IPA + 0x1000n) | S1_PAGE);
    m.mapStage1(IOVA, IPA | S1_PAGE);
    m.access();
    m.mapStage1(IOVA, IPA | S1_PAGE | 0x80n);
    m.mapStage1(IOVA, 0n);
    tlbiVa();
    sync();
    m.mapStage1(IOVA, (IPA + 0x1000n) | S1_PAGE);
    expect(ids()).toEqual([]);
  });

  it('is silent after a TLBI that nothing was cached anew after: the model tells of what it holds', () => {
    machine({ caches: { ...DEFAULT_CACHES, s1Walk: 0 } });
    m.access();
    tlbiVa();
    sync();
    m.mapStage1(IOVA, (IPA + 0x1000n) | S1_PAGE);
    expect(ids()).toEqual([]);
  });
});

describe('fields that should be 0', () => {
  const CD_RESERVED = 1n << 56n;

  it('reserved bits of an STE and of a CD, by their names or places, once', () => {
    machine({ ste: { S2POI0: 3 } });
    m.memory.write64(CD_AT + 8n, m.memory.read64(CD_AT + 8n)! | CD_RESERVED);
    m.access();
    expect(lines()).toEqual([
      expect.stringMatching(/^structure-reserved-bits: PA 0x40000200, STE\.S2POI0: /),
      expect.stringMatching(/^structure-reserved-bits: PA 0x40600000, CD \[121:120\]: /),
    ]);
    cfgiCd();
    sync();
    m.access();
    expect(ids()).toEqual([]);
  });

  it('reserved bits of level-1 descriptors', () => {
    const id = { IDR0: PRESETS['qemu-11'].id.IDR0 | (1 << 19), IDR1: PRESETS['qemu-11'].id.IDR1 | (20 << 6) };
    machine({ id, ste: { S1CDMax: 8, S1Fmt: 1, S1DSS: 2 } });
    m.memory.write64(CD_AT, 0n | (CD_AT + GUEST + 0x1000n) | 0x81n);
    m.access();
    expect(lines()).toEqual([expect.stringMatching(/^structure-reserved-bits: PA 0x40600000, L1CD \[11:1\]: /)]);
  });

  const IGNORED: readonly (readonly [string, MachineOptions, string])[] = [
    ['stage 1 of a stream without stage 1', { ste: { Config: 6 } }, 'STE.S1ContextPtr'],
    ['stage 2 of a stream without stage 2', { ste: { Config: 5, S1ContextPtr: CD_AT } }, 'STE.S2T0SZ and 5 more'],
    ['the upper half, with EPD1', { cd: { T1SZ: 16, TG1: 2 } }, 'CD.T1SZ and 1 more'],
    ['what drivers set in every STE is none of them', { ste: { SHCFG: 1, S1DSS: 2 } }, ''],
  ];
  it.each(IGNORED)('%s', (_, options, field) => {
    machine(options);
    m.access();
    const found = lines().filter((line) => line.startsWith('structure-'));
    expect(found).toEqual(field === '' ? [] : [expect.stringMatching(new RegExp(`^structure-ignored-fields: PA 0x[0-9a-f]+, ${field.replace('.', '\\.')}: `))]);
  });

  it('an invalid structure has no fields, nor has an STE that aborts', () => {
    machine({ ste: { V: false, S2POI0: 3 } });
    m.access();
    m.ste({ Config: 0, S2POI0: 3 });
    m.access();
    expect(ids()).toEqual([]);
  });
});

it('without the checker nothing of caches is told', () => {
  machine({ checkCoherence: false, ste: { S2POI0: 3 } });
  m.access();
  m.mapStage1(IOVA, (IPA + 0x1000n) | S1_PAGE);
  tlbiVa();
  m.access();
  m.cd({ R: false });
  m.access();
  expect(ids()).toEqual([]);
});
