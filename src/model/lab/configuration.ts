/** The STE and the CD that a lab's owners write: values the documents imply, then the raw fields they give. */
import type { Features } from '../spec/features.ts';
import { encode } from '../spec/layout.ts';
import type { RecordDef } from '../spec/layout.ts';
import type { ContextData, DeviceData, Fields, Granule, VmData } from './data.ts';
import { psCode, s2sl0, tg0, tg1 } from './geometry.ts';

/** Write-back, read- and write-allocate; inner shareable: how the SMMU fetches tables and CDs. */
const WRITE_BACK = 1n;
const INNER_SHAREABLE = 3n;

/** Attr0 Normal write-back, Attr1 Device-nGnRE, Attr2 Normal non-cacheable (CD.MAIR0, IHI 0070 5.4). */
export const MAIR0 = 0x0044_04ffn;

const CONFIG: Readonly<Record<DeviceData['Config'], bigint>> = { abort: 0n, bypass: 4n, s1: 5n, s2: 6n, nested: 7n };

/** Without LPA2, descriptors of the 4K and 16K granules hold 48 address bits. */
const outputBits = (granule: Granule, bits: number): number => (granule === '64K' ? bits : Math.min(bits, 48));

export interface Stage2Root {
  readonly root: bigint;
  readonly startLevel: number;
}

function stage2Fields(vm: VmData, { root, startLevel }: Stage2Root, stalls: boolean, features: Features): Fields {
  const { granule, ipaBits, fields } = vm.stage2;
  return {
    S2VMID: BigInt(vm.vmid),
    S2T0SZ: BigInt(64 - ipaBits),
    S2SL0: BigInt(s2sl0(granule, startLevel)),
    S2IR0: WRITE_BACK,
    S2OR0: WRITE_BACK,
    S2SH0: INNER_SHAREABLE,
    S2TG: BigInt(tg0(granule)),
    S2PS: BigInt(psCode(outputBits(granule, features.oas))),
    S2AA64: 1n,
    S2R: 1n,
    S2PTW: 1n,
    S2S: stalls || features.stallModel === 2 ? 1n : 0n,
    S2TTB: root,
    ...fields,
  };
}

/** PCI devices must not stall: S1STALLD where the SMMU could and the device is not said to bear it (IHI 0070 3.12.2, 5.2). */
const stage1Fields = (table: Fields, stalls: boolean, features: Features): Fields => ({
  ...table,
  S1DSS: 2n,
  S1CIR: WRITE_BACK,
  S1COR: WRITE_BACK,
  S1CSH: INNER_SHAREABLE,
  S1STALLD: features.stallModel === 0 && !stalls ? 1n : 0n,
});

const EATS = { full: 1n, split: 2n } as const;

/** Fields of the STE of a device; `cds` says where its CDs are and how many, `stage2` are the tables of its VM. */
export function steFields(device: DeviceData, cds: Fields | null, vm: VmData | null, stage2: Stage2Root | null, features: Features): Fields {
  return {
    V: 1n,
    Config: CONFIG[device.Config],
    SHCFG: 1n,
    ...(cds === null ? {} : stage1Fields(cds, device.stalls, features)),
    ...(device.ats === null ? {} : { EATS: EATS[device.ats.mode] }),
    ...(vm === null || stage2 === null ? {} : stage2Fields(vm, stage2, device.stalls, features)),
    ...device.ste,
  };
}

export interface Stage1Roots {
  readonly lower: bigint;
  /** null: nothing is mapped in the upper half, and EPD1 = 1. */
  readonly upper: bigint | null;
}

/** Fields of a CD; `outputSize` is what stage 1 may put out in bits. */
export function cdFields(context: Pick<ContextData, 'cd' | 'stage1'>, roots: Stage1Roots, asid: number, outputSize: number, features: Features): Fields {
  const { granule, vaBits } = context.stage1;
  const size = BigInt(64 - vaBits);
  return {
    V: 1n,
    AA64: 1n,
    ASID: BigInt(asid),
    T0SZ: size,
    TG0: BigInt(tg0(granule)),
    IR0: WRITE_BACK,
    OR0: WRITE_BACK,
    SH0: INNER_SHAREABLE,
    TTB0: roots.lower,
    EPD1: roots.upper === null ? 1n : 0n,
    T1SZ: roots.upper === null ? 0n : size,
    TG1: roots.upper === null ? 0n : BigInt(tg1(granule)),
    IR1: roots.upper === null ? 0n : WRITE_BACK,
    OR1: roots.upper === null ? 0n : WRITE_BACK,
    SH1: roots.upper === null ? 0n : INNER_SHAREABLE,
    TTB1: roots.upper ?? 0n,
    IPS: BigInt(psCode(outputBits(granule, outputSize))),
    R: 1n,
    A: 1n,
    S: features.stallModel === 2 ? 1n : 0n,
    MAIR0,
    ...context.cd,
  };
}

/** The bytes of a record with these fields. */
export function recordBytes(record: RecordDef, fields: Fields): Uint8Array {
  const words = new Uint32Array(record.bytes / 4);
  encode(record, fields, words, 0);
  return bytesOf(words);
}

/** Little-endian bytes of 32-bit words, whatever the machine's order. */
export function bytesOf(words: Uint32Array | Int32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, i) => view.setUint32(i * 4, word >>> 0, true));
  return new Uint8Array(view.buffer);
}

/** The reverse of `bytesOf`. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, true));
}

