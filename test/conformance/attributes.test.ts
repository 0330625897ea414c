import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/model/spec/index.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { GUEST, IOVA, IPA, NestedMachine, PA } from './nested-machine.ts';

/** Memory attributes (smmuv3.md 4.8 and 11.5; IHI 0070 13.1, 5.4 MAIR): what each stage says, and the stronger of both. */

const DEVICE = ['Device-nGnRnE', 'Device-nGnRE', 'Device-nGRE', 'Device-GRE'];
/** Half a MAIR byte of Normal memory, by its value: 0 only as [3:0]. */
const MAIR_HALF = ['WT', 'WT', 'WT', 'WT', 'NC', 'WB', 'WB', 'WB', 'WT', 'WT', 'WT', 'WT', 'WB', 'WB', 'WB', 'WB'];
const SHARE = ['NSH', 'NSH', 'OSH', 'ISH'];

/** iNC-oNC is outer shareable (13.1.2). */
const normal = (inner: string, outer: string, share: string): string =>
  `Normal i${inner} o${outer} ${inner === 'NC' && outer === 'NC' ? 'OSH' : share}`;
const ofMair = (byte: number, sh: number): string =>
  byte >> 4 === 0 ? DEVICE[(byte >> 2) & 3]! : normal(MAIR_HALF[byte & 15]!, MAIR_HALF[byte >> 4]!, SHARE[sh]!);

/** Weakest demand first: the later of two wins. */
const CACHEABILITY = ['WB', 'WT', 'NC'];
const SHAREABILITY = ['NSH', 'ISH', 'OSH'];
const DEVICES = [...DEVICE].reverse();
const later = (order: readonly string[], a: string, b: string): string => order[Math.max(order.indexOf(a), order.indexOf(b))]!;

/** Both stages: `s1` as text, stage 2 as MemAttr and SH, without FWB. */
function stronger(s1: string, memAttr: number, sh: number): string {
  const device = memAttr < 4 ? DEVICE[memAttr]! : null;
  if (s1.startsWith('Device')) return device === null ? s1 : later(DEVICES, s1, device);
  if (device !== null) return device;
  const [, inner, outer, share] = s1.match(/i(\w+) o(\w+) (\w+)/)!;
  const code = ['', 'NC', 'WT', 'WB'];
  return normal(
    later(CACHEABILITY, inner!, code[memAttr & 3]!),
    later(CACHEABILITY, outer!, code[memAttr >> 2]!),
    later(SHAREABILITY, share!, SHARE[sh]!),
  );
}

/** Stage 1 leaf with AttrIndx and SH; stage 2 leaf with MemAttr and SH. */
const leaf1 = (index: number, sh: number): bigint => IPA | 0xc43n | (BigInt(index) << 2n) | (BigInt(sh) << 8n);
const leaf2 = (memAttr: number, sh: number): bigint => PA | 0x4c3n | (BigInt(memAttr) << 2n) | (BigInt(sh) << 8n);
const WEAKEST = leaf2(15, 0);
const SH = [0, 2, 3];

function read(m: NestedMachine, first: bigint, second: bigint): string | undefined {
  m.mapStage1(IOVA, first);
  m.mapStage2(IPA, second);
  return m.access().attributes;
}

describe('stage 1: MAIR and SH (5.4) [cd.MAIR0] [cd.MAIR1] [order.4.1.11]', () => {
  const m = new NestedMachine();

  it('every byte, at each index, with each shareability; a stage 2 that asks for nothing adds nothing', () => {
    for (let byte = 0; byte < 256; byte++) {
      const index = byte & 7;
      const word = (byte << ((index & 3) * 8)) >>> 0;
      m.cd({ MAIR0: index < 4 ? word : 0, MAIR1: index < 4 ? 0 : word });
      for (const sh of SH) expect(read(m, leaf1(index, sh), WEAKEST), `MAIR ${byte.toString(16)} SH ${sh}`).toBe(ofMair(byte, sh));
    }
  });
});

describe('both stages: the stronger in each respect (13.1.5) [order.4.1.11]', () => {
  const TYPES = [0x00, 0x04, 0x08, 0x0c, 0x44, 0x4f, 0xf4, 0xbb, 0xbf, 0xfb, 0xff, 0x77, 0x33];

  it.each(TYPES)('MAIR %i with every MemAttr and shareability of stage 2', (byte) => {
    const m = new NestedMachine({ cd: { MAIR0: byte } });
    for (const sh1 of SH) {
      for (const memAttr of [0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15]) {
        for (const sh2 of SH) {
          expect(read(m, leaf1(0, sh1), leaf2(memAttr, sh2)), `SH ${sh1}, MemAttr ${memAttr}, SH ${sh2}`).toBe(
            stronger(ofMair(byte, sh1), memAttr, sh2),
          );
        }
      }
    }
  });
});

describe('STE.S2FWB: stage 2 decides (5.2, formats as DDI 0487) [ste.S2FWB] [register.IDR3.FWB]', () => {
  const id = { IDR3: PRESETS['qemu-11'].id.IDR3 | 0x100 };
  const fwb = (byte: number): NestedMachine => new NestedMachine({ id, ste: { S2FWB: true }, cd: { MAIR0: byte } });

  it.each<[number, string, string, string]>([
    // MemAttr, then the result for stage 1 Normal WB ISH, Normal WT oNC NSH, Device-nGRE; stage 2 NSH.
    [0, 'Device-nGnRnE', 'Device-nGnRnE', 'Device-nGnRnE'],
    [1, 'Device-nGnRE', 'Device-nGnRE', 'Device-nGnRE'],
    [2, 'Device-nGRE', 'Device-nGRE', 'Device-nGRE'],
    [3, 'Device-GRE', 'Device-GRE', 'Device-nGRE'],
    [5, 'Normal iNC oNC OSH', 'Normal iNC oNC OSH', 'Device-nGRE'],
    // A Device of stage 1 is outer shareable, and stays so when stage 2 forces write-back.
    [6, 'Normal iWB oWB ISH', 'Normal iWB oWB NSH', 'Normal iWB oWB OSH'],
    [7, 'Normal iWB oWB ISH', 'Normal iWT oNC NSH', 'Device-nGRE'],
  ])('MemAttr %i', (memAttr, writeBack, mixed, device) => {
    expect(read(fwb(0xff), leaf1(0, 3), leaf2(memAttr, 0))).toBe(writeBack);
    expect(read(fwb(0x4b), leaf1(0, 0), leaf2(memAttr, 0))).toBe(mixed);
    expect(read(fwb(0x08), leaf1(0, 0), leaf2(memAttr, 0))).toBe(device);
  });

  it('S2PTW asks whether the type is Device as FWB reads it (4.6) [ste.S2PTW]', () => {
    const m = new NestedMachine({ id, ste: { S2FWB: true, S2PTW: true } });
    // MemAttr 0b0111 is Device to FWB only when bit 2 is clear; 0b1011 has it clear and would be Normal without FWB.
    const table = m.stage1Path(IOVA)[2]! & ~0xfffn;
    m.mapStage2(table + GUEST, table | 0x4c3n | (7n << 2n));
    expect(m.access().status).toBe('success');
    m.mapStage2(table + GUEST, table | 0x4c3n | (11n << 2n));
    expect(m.access().rule).toBe('s2.ptw-device');
  });
});

describe('incoming attributes and their overrides (13.1.3, 5.2 MTCFG, MemAttr, SHCFG) [ste.MTCFG] [ste.MemAttr] [ste.SHCFG] [gotcha.36]', () => {
  const TYPES = { IDR1: PRESETS['qemu-11'].id.IDR1 | (1 << 27) };
  const bypassed = (ste: FieldValues, id = TYPES): string | undefined =>
    new NestedMachine({ id, ste: { Config: 4, ...ste } }).access('read', { iova: 0x1000n }).attributes;

  it.each<[FieldValues, string]>([
    [{ SHCFG: 1 }, 'Normal iWB oWB NSH'],
    [{ SHCFG: 0 }, 'Normal iWB oWB NSH'],
    [{ SHCFG: 2 }, 'Normal iWB oWB OSH'],
    [{ SHCFG: 3 }, 'Normal iWB oWB ISH'],
    [{ SHCFG: 3, MemAttr: 5 }, 'Normal iWB oWB ISH'],
    [{ SHCFG: 3, MTCFG: 1, MemAttr: 0 }, 'Device-nGnRnE'],
    [{ SHCFG: 1, MTCFG: 1, MemAttr: 3 }, 'Device-GRE'],
    [{ SHCFG: 1, MTCFG: 1, MemAttr: 5 }, 'Normal iNC oNC OSH'],
    [{ SHCFG: 3, MTCFG: 1, MemAttr: 14 }, 'Normal iWT oWB ISH'],
    // The reserved inner types of STE.MemAttr are defined (4.8).
    [{ SHCFG: 3, MTCFG: 1, MemAttr: 4 }, 'Device-nGnRnE'],
    [{ SHCFG: 3, MTCFG: 1, MemAttr: 8 }, 'Device-nGnRnE'],
    [{ SHCFG: 3, MTCFG: 1, MemAttr: 12 }, 'Device-nGnRnE'],
  ])('a bypassing stream with %j', (ste, text) => {
    expect(bypassed(ste)).toBe(text);
  });

  it('without IDR1.ATTR_TYPES_OVR they have no effect [register.IDR1.ATTR_TYPES_OVR]', () => {
    expect(bypassed({ SHCFG: 3, MTCFG: 1, MemAttr: 0 }, { IDR1: PRESETS['qemu-11'].id.IDR1 })).toBe('Normal iWB oWB NSH');
  });

  it('stage 2 alone combines with what came in; stage 1 replaces it', () => {
    const alone = new NestedMachine({ id: TYPES, ste: { Config: 6, SHCFG: 2, MTCFG: 1, MemAttr: 10 } });
    alone.mapStage2(IPA, leaf2(15, 3));
    expect(alone.access('read', { iova: IPA }).attributes).toBe('Normal iWT oWT OSH');
    const nested = new NestedMachine({ id: TYPES, ste: { SHCFG: 2, MTCFG: 1, MemAttr: 0 } });
    expect(read(nested, leaf1(0, 3), WEAKEST)).toBe('Normal iWB oWB ISH');
  });

  it('GBPA says it while SMMUEN is 0 [register.GBPA.MTCFG] [register.GBPA.MemAttr] [register.GBPA.SHCFG]', () => {
    const m = new NestedMachine({ id: TYPES });
    m.smmu.write32(0x20, 0);
    m.smmu.write32(0x44, 0x8000_0000 | (3 << 12) | (1 << 4) | 15);
    expect(m.access('read', { iova: 0x1000n }).attributes).toBe('Normal iWB oWB ISH');
    m.smmu.write32(0x44, 0x8000_0000 | (3 << 12) | (1 << 4) | 1);
    expect(m.access('read', { iova: 0x1000n }).attributes).toBe('Device-nGnRE');
  });
});
