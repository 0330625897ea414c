/** What an SMMU can do, decoded from its identification registers (IHI 0070 6.3.1 to 6.3.8). */

/** Raw identification registers, as unsigned 32-bit numbers. */
export interface IdRegisters {
  readonly IDR0: number;
  readonly IDR1: number;
  readonly IDR2: number;
  readonly IDR3: number;
  readonly IDR4: number;
  readonly IDR5: number;
  readonly IDR6: number;
  readonly IIDR: number;
  readonly AIDR: number;
}

/** Effective features: a bit that the architecture makes RES0 without another feature reads false here. */
export interface Features {
  readonly id: IdRegisters;
  readonly s1p: boolean;
  readonly s2p: boolean;
  /** TTF[1]: VMSAv8-64 tables. */
  readonly ttf64: boolean;
  /** TTF[0]: VMSAv8-32 LPAE tables. */
  readonly ttf32: boolean;
  readonly cohacc: boolean;
  readonly btm: boolean;
  readonly hyp: boolean;
  readonly ats: boolean;
  /** Split-stage ATS is not supported. */
  readonly ns1ats: boolean;
  readonly asid16: boolean;
  readonly msi: boolean;
  readonly sev: boolean;
  readonly atos: boolean;
  readonly pri: boolean;
  readonly vmw: boolean;
  readonly vmid16: boolean;
  readonly cd2l: boolean;
  readonly vatos: boolean;
  /** IDR2.BA_VATOS: the VATOS page, counted from 0x20000 in units of 64 KiB. */
  readonly vatosPage: number;
  readonly atsrecerr: boolean;
  /** No RAZ/WI termination: CD.A must be 1. */
  readonly termModel: boolean;
  readonly twoLevelStreamTable: boolean;
  readonly attrPermsOvr: boolean;
  readonly attrTypesOvr: boolean;
  readonly queuesPreset: boolean;
  readonly tablesPreset: boolean;
  readonly ecmdq: boolean;
  /** IDR6: log2 of the control pages of enhanced command queues, and of the queues of each; at most 8. */
  readonly log2ControlPages: number;
  readonly log2QueuesOfPage: number;
  readonly had: boolean;
  readonly pbha: boolean;
  readonly xnx: boolean;
  readonly pps: boolean;
  readonly mpam: boolean;
  readonly fwb: boolean;
  readonly stt: boolean;
  readonly ril: boolean;
  readonly e0pd: boolean;
  readonly ptwnnc: boolean;
  readonly dpt: boolean;
  readonly pasidtt: boolean;
  readonly s1pi: boolean;
  readonly s2pi: boolean;
  readonly s2po: boolean;
  /** LPA2 descriptors: 52 bits with 4K and 16K granules. */
  readonly ds: boolean;
  /** 52-bit input addresses at stage 1 (64K granule). */
  readonly vax52: boolean;
  readonly gran4k: boolean;
  readonly gran16k: boolean;
  readonly gran64k: boolean;
  /** 0 none, 1 access flag, 2 and dirty state, 3 and access flag in table descriptors. */
  readonly httu: number;
  /** 0 mixed, 2 little-endian only, 3 big-endian only. */
  readonly ttendian: number;
  /** 0 stall and terminate, 1 terminate only, 2 stall forced. */
  readonly stallModel: number;
  readonly bbml: number;
  readonly sidSize: number;
  readonly ssidSize: number;
  /** Queue sizes as log2 of entries. */
  readonly priqs: number;
  readonly eventqs: number;
  readonly cmdqs: number;
  readonly stallMax: number;
  /** 2 is SMMUv3.2. */
  readonly minor: number;
  /** Output address size in bits. */
  readonly oas: number;
  /** Intermediate address size in bits (3.4). */
  readonly ias: number;
}

/** Address sizes by the code of IDR5.OAS, CD.IPS and STE.S2PS, in bits; 7 acts as 6 before v3.4. */
export const ADDRESS_BITS: readonly number[] = [32, 36, 40, 42, 44, 48, 52, 52];

const bit = (word: number, at: number): boolean => ((word >>> at) & 1) === 1;
const bits = (word: number, hi: number, lo: number): number => (word >>> lo) & ((1 << (hi - lo + 1)) - 1);

function decodeIdr0(idr0: number) {
  const s1p = bit(idr0, 1);
  const s2p = bit(idr0, 0);
  const nested = s1p && s2p;
  const ats = bit(idr0, 10);
  return {
    s1p,
    s2p,
    ttf32: bit(idr0, 2),
    ttf64: bit(idr0, 3),
    cohacc: bit(idr0, 4),
    btm: bit(idr0, 5),
    httu: bits(idr0, 7, 6),
    hyp: nested && bit(idr0, 9),
    ats,
    ns1ats: ats && nested && bit(idr0, 11),
    asid16: bit(idr0, 12),
    msi: bit(idr0, 13),
    sev: bit(idr0, 14),
    atos: bit(idr0, 15),
    pri: ats && bit(idr0, 16),
    vmw: s2p && bit(idr0, 17),
    vmid16: bit(idr0, 18),
    cd2l: bit(idr0, 19),
    vatos: bit(idr0, 20),
    ttendian: bits(idr0, 22, 21),
    atsrecerr: bit(idr0, 23),
    stallModel: bits(idr0, 25, 24),
    termModel: bit(idr0, 26),
    twoLevelStreamTable: bits(idr0, 28, 27) === 1,
  };
}

function decodeIdr1(idr1: number) {
  return {
    sidSize: bits(idr1, 5, 0),
    ssidSize: bits(idr1, 10, 6),
    priqs: bits(idr1, 15, 11),
    eventqs: bits(idr1, 20, 16),
    cmdqs: bits(idr1, 25, 21),
    attrPermsOvr: bit(idr1, 26),
    attrTypesOvr: bit(idr1, 27),
    queuesPreset: bit(idr1, 29),
    tablesPreset: bit(idr1, 30),
    ecmdq: bit(idr1, 31),
  };
}

function decodeIdr3(idr3: number) {
  return {
    had: bit(idr3, 2),
    pbha: bit(idr3, 3),
    xnx: bit(idr3, 4),
    pps: bit(idr3, 5),
    mpam: bit(idr3, 7),
    fwb: bit(idr3, 8),
    stt: bit(idr3, 9),
    ril: bit(idr3, 10),
    bbml: bits(idr3, 12, 11),
    e0pd: bit(idr3, 13),
    ptwnnc: bit(idr3, 14),
    dpt: bit(idr3, 15),
    pasidtt: bit(idr3, 16),
    s1pi: bit(idr3, 18),
    s2pi: bit(idr3, 19),
    s2po: bit(idr3, 20),
  };
}

function decodeIdr5(idr5: number) {
  return {
    oas: ADDRESS_BITS[bits(idr5, 2, 0)]!,
    gran4k: bit(idr5, 4),
    gran16k: bit(idr5, 5),
    gran64k: bit(idr5, 6),
    ds: bit(idr5, 7),
    vax52: bits(idr5, 11, 10) === 1,
    stallMax: bits(idr5, 31, 16),
  };
}

/** 8 is the most: larger values are reserved. */
function decodeIdr6(idr6: number) {
  return { log2ControlPages: Math.min(bits(idr6, 27, 24), 8), log2QueuesOfPage: Math.min(bits(idr6, 19, 16), 8) };
}

/** Decodes the identification registers. IAS is the larger of 40 bits for AArch32 tables and OAS for AArch64 ones (3.4). */
export function decodeFeatures(id: IdRegisters): Features {
  const idr0 = decodeIdr0(id.IDR0);
  const idr5 = decodeIdr5(id.IDR5);
  const ias = Math.max(idr0.ttf32 ? 40 : 0, idr0.ttf64 ? idr5.oas : 0);
  return { id, ...idr0, ...decodeIdr1(id.IDR1), ...decodeIdr3(id.IDR3), ...idr5, ...decodeIdr6(id.IDR6), vatosPage: bits(id.IDR2, 9, 0), minor: id.AIDR & 0xf, ias };
}

export interface Preset {
  readonly title: string;
  readonly id: IdRegisters;
  /** Where the values come from. */
  readonly source: string;
}

export type PresetName = 'qemu-11' | 'v3.2' | 'minimum' | 'mmu-600' | 'fvp';

const NONE: IdRegisters = { IDR0: 0, IDR1: 0, IDR2: 0, IDR3: 0, IDR4: 0, IDR5: 0, IDR6: 0, IIDR: 0, AIDR: 0 };

/** Named sets of identification registers. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  'qemu-11': {
    title: 'QEMU 11, both stages',
    id: { ...NONE, IDR0: 0x0d44101b, IDR1: 0x02730010, IDR3: 0x1414, IDR5: 0x74, AIDR: 1 },
    source: 'read from QEMU 10.0 and 11.1, machine virt with iommu=smmuv3: SMMUv3.1, 44-bit addresses, terminate only, no substreams',
  },
  'v3.2': {
    title: 'Everything of SMMUv3.2, Non-secure',
    id: { ...NONE, IDR0: 0x08dff69b, IDR1: 0x0e739d20, IDR3: 0x173c, IDR5: 0x00800476, AIDR: 2 },
    source: 'IHI 0070 6.3.1 to 6.3.8: both stages, ATS, PRI, hardware update, stall, two-level tables, 52-bit addresses, ATOS, VATOS, SEV; no MPAM or DVM',
  },
  minimum: {
    title: 'Both stages of SMMUv3.2 and little else',
    id: { ...NONE, IDR0: 0x0540020b, IDR1: 0x00840006, IDR3: 0x0d14, IDR5: 0x10, AIDR: 2 },
    source: 'IHI 0070 6.3.1 to 6.3.8: what v3.2 requires with both stages, 4K granule, 32-bit addresses, terminate only, linear stream table of 64',
  },
  'mmu-600': {
    title: 'Arm CoreLink MMU-600, as in Intel Agilex 5',
    id: { ...NONE, IDR0: 0x084f7e1b, IDR1: 0x0e739d18, IDR3: 0x3c, IDR5: 0x00400075, IIDR: 0x4832243b, AIDR: 1 },
    source:
      'Intel Agilex 5 HPS Address Map and Register Definitions, smmu_tcu Address Map, reset values: SMMUv3.1, IDR0 0x080f7e3f; derived from it, as the model has ' +
      'neither AArch32 tables nor big-endian ones nor DVM: TTF 2 for 3, TTENDIAN 2 for 0, BTM 0 for 1',
  },
  fvp: {
    title: "Arm's FVP Base RevC, as Trusted Firmware-A runs it",
    id: { ...NONE, IDR0: 0x0046121b, IDR1: 0x00600002, IDR3: 0x1714, IDR5: 0xffff0472, AIDR: 2 },
    source:
      'Trusted Firmware-A, Secure Partition Manager, FVP model invocation, pci.pci_smmuv3.mmu.SMMU_*: SMMUv3.2 for four streams, IDR0 0x0046123b; ' +
      'derived from it, as the model has no DVM: BTM 0 for 1',
  },
};
