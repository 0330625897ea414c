import { expect, test } from 'vitest';
import { decodeFeatures, PRESETS } from './features.ts';
import { decode } from './layout.ts';
import { REGISTERS } from './registers.ts';

const NONE = { IDR0: 0, IDR1: 0, IDR2: 0, IDR3: 0, IDR4: 0, IDR5: 0, IDR6: 0, IIDR: 0, AIDR: 0 };
const idr = (name: 'IDR0' | 'IDR1' | 'IDR3' | 'IDR5', value: number) => decode(REGISTERS.get(name)!, new Uint32Array([value]), 0);

test('QEMU 11: v3.1, both stages, 44 bits, terminate only, three granules, no substreams', () => {
  expect(decodeFeatures(PRESETS['qemu-11'].id)).toMatchObject({
    s1p: true, s2p: true, ttf64: true, ttf32: false, cohacc: true, asid16: true, vmid16: true, ttendian: 2,
    stallModel: 1, termModel: true, twoLevelStreamTable: true, sidSize: 16, ssidSize: 0, cmdqs: 19, eventqs: 19,
    had: true, xnx: true, ril: true, bbml: 2, fwb: false, gran4k: true, gran16k: true, gran64k: true, oas: 44, ias: 44, minor: 1,
    ats: false, pri: false, hyp: false, httu: 0, msi: false, cd2l: false,
  });
});

test('v3.2: everything Non-secure that v3.2 has', () => {
  const f = decodeFeatures(PRESETS['v3.2'].id);
  expect(f).toMatchObject({
    hyp: true, ats: true, ns1ats: false, pri: true, msi: true, vmw: true, cd2l: true, httu: 2, stallModel: 0, termModel: false, atsrecerr: true,
    sidSize: 32, ssidSize: 20, priqs: 19, eventqs: 19, cmdqs: 19, attrPermsOvr: true, attrTypesOvr: true, ecmdq: false,
    had: true, pbha: true, xnx: true, pps: true, fwb: true, stt: true, ril: true, bbml: 2, mpam: false, e0pd: false, ptwnnc: false,
    sev: true, atos: true, vatos: true,
    oas: 52, ias: 52, vax52: true, ds: false, minor: 2, stallMax: 128,
  });
});

test('minimum: what v3.2 requires of an SMMU with both stages', () => {
  expect(decodeFeatures(PRESETS.minimum.id)).toMatchObject({
    s1p: true, s2p: true, hyp: true, had: true, xnx: true, fwb: true, ril: true, bbml: 1, asid16: false, vmid16: false,
    gran4k: true, gran16k: false, gran64k: false, oas: 32, ias: 32, sidSize: 6, twoLevelStreamTable: false, stallModel: 1, termModel: true,
  });
});

test('v3.2 leaves out what is not modelled, and what takes something away, by name', () => {
  const off = (['IDR0', 'IDR1', 'IDR3'] as const).flatMap((name) => Object.entries(idr(name, PRESETS['v3.2'].id[name])).filter(([, value]) => value === false).map(([field]) => field));
  const later = ['RME_IMPL', 'E0PD', 'PTWNNC', 'DPT', 'PASIDTT', 'EPAN', 'S1PI', 'S2PI', 'S2PO', 'THE', 'MTEPERM', 'AIE'];
  const less = ['NS1ATS', 'TERM_MODEL', 'REL', 'QUEUES_PRESET', 'TABLES_PRESET'];
  expect(off.sort()).toEqual(['BTM', 'DORMHINT', 'ECMDQ', 'MPAM', ...later, ...less].sort());
});

test('mmu-600: what Intel documents of Agilex 5, less AArch32 tables, big-endian tables and DVM', () => {
  const { id } = PRESETS['mmu-600'];
  const documented = (id.IDR0 | (1 << 2) | (1 << 5)) & ~(1 << 22);
  expect(documented).toBe(0x080f7e3f);
  expect(decodeFeatures(id)).toMatchObject({ minor: 1, oas: 48, sidSize: 24, ssidSize: 20, ats: true, ns1ats: true, pri: true, msi: true, sev: true, atos: false, httu: 0, stallModel: 0, stallMax: 64, fwb: false, ril: false, bbml: 0 });
});

test('fvp: what Trusted Firmware-A documents, less DVM', () => {
  const { id } = PRESETS.fvp;
  expect(id.IDR0 | (1 << 5)).toBe(0x0046123b);
  expect(decodeFeatures(id)).toMatchObject({ minor: 2, oas: 40, vax52: true, sidSize: 2, ssidSize: 0, cmdqs: 3, eventqs: 0, ats: false, msi: false, twoLevelStreamTable: false, stallMax: 0xffff, fwb: true });
});

test('a feature that needs another is off without it', () => {
  const only = (IDR0: number) => decodeFeatures({ ...NONE, IDR0 });
  expect(only(1 << 16).pri).toBe(false);
  expect(only((1 << 16) | (1 << 10)).pri).toBe(true);
  expect(only((1 << 9) | 0b10).hyp).toBe(false);
  expect(only((1 << 9) | 0b11).hyp).toBe(true);
  expect(only((1 << 11) | (1 << 10) | 0b10).ns1ats).toBe(false);
  expect(only((1 << 17) | 0b10).vmw).toBe(false);
});

test('IHI 0070 3.4: IAS is 40 with AArch32 tables when OAS is smaller', () => {
  expect(decodeFeatures({ ...NONE, IDR0: 0b0100, IDR5: 0 }).ias).toBe(40);
  expect(decodeFeatures({ ...NONE, IDR0: 0b1100, IDR5: 0 }).ias).toBe(40);
  expect(decodeFeatures({ ...NONE, IDR0: 0b1100, IDR5: 5 }).ias).toBe(48);
  expect(decodeFeatures({ ...NONE, IDR0: 0b1000, IDR5: 1 }).ias).toBe(36);
});

test.each(Object.entries(PRESETS))('%s: features and registers of the table say the same [register.IDR0.*] [register.IDR1.*] [register.IDR3.*] [register.IDR5.*]', (_name, preset) => {
  const f = decodeFeatures(preset.id);
  expect(idr('IDR0', preset.id.IDR0)).toMatchObject({ S1P: f.s1p, S2P: f.s2p, HTTU: f.httu, ASID16: f.asid16, VMID16: f.vmid16, STALL_MODEL: f.stallModel, TERM_MODEL: f.termModel, TTENDIAN: f.ttendian, CD2L: f.cd2l });
  expect(idr('IDR1', preset.id.IDR1)).toMatchObject({ SIDSIZE: f.sidSize, SSIDSIZE: f.ssidSize, PRIQS: f.priqs, EVENTQS: f.eventqs, CMDQS: f.cmdqs, ATTR_PERMS_OVR: f.attrPermsOvr });
  expect(idr('IDR3', preset.id.IDR3)).toMatchObject({ HAD: f.had, XNX: f.xnx, FWB: f.fwb, STT: f.stt, RIL: f.ril, BBML: f.bbml, MPAM: f.mpam, PPS: f.pps });
  expect(idr('IDR5', preset.id.IDR5)).toMatchObject({ GRAN4K: f.gran4k, GRAN16K: f.gran16k, GRAN64K: f.gran64k, VAX: f.vax52 ? 1 : 0, STALL_MAX: f.stallMax });
});
