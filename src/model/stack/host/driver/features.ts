/** arm_smmu_device_hw_probe(): what the driver reads from the ID registers, and what it makes of it. */
import { decodeFeatures } from '../../../spec/index.ts';
import type { IdRegisters } from '../../../spec/index.ts';
import type { RegisterPort } from '../../../smmu/register-port.ts';

export interface DriverFeatures {
  readonly id: IdRegisters;
  readonly s1: boolean;
  readonly s2: boolean;
  /** Both stages, and the driver knows nothing against nesting them. */
  readonly nesting: boolean;
  readonly coherent: boolean;
  readonly twoLevelStreamTable: boolean;
  readonly twoLevelCdTable: boolean;
  readonly ats: boolean;
  readonly hyp: boolean;
  /** The host runs at EL2 with VHE and so do its streams. */
  readonly e2h: boolean;
  readonly stalls: boolean;
  /** Every device stalls, whatever firmware says of it. */
  readonly stallForce: boolean;
  readonly rangeInvalidation: boolean;
  readonly attrTypesOvr: boolean;
  readonly s2fwb: boolean;
  /** IDR0.HTTU: hardware writes dirty state. */
  readonly dirty: boolean;
  readonly sidBits: number;
  readonly ssidBits: number;
  readonly asidBits: 8 | 16;
  readonly vmidBits: 8 | 16;
  readonly ias: number;
  readonly oas: number;
  /** S1 input address bits. */
  readonly vaBits: number;
  readonly pgsizeBitmap: bigint;
  readonly cmdqShift: number;
  readonly evtqShift: number;
  /** Registers that say where MSIs go: of the event queue and GERROR, and of the PRI queue. */
  readonly msi: boolean;
  readonly pri: boolean;
  /** CMD_SYNC by MSI: the SMMU writes MSIs and snoops. */
  readonly msiPolling: boolean;
}

/** Queues are at most 1 MiB: 2^16 commands, 2^15 events (as a kernel with 4 KiB pages has them). */
const CMDQ_MAX_SHIFT = 16;
const EVTQ_MAX_SHIFT = 15;

const SIZE_4K = (1n << 12n) | (1n << 21n) | (1n << 30n);
const SIZE_16K = (1n << 14n) | (1n << 25n);
const SIZE_64K = (1n << 16n) | (1n << 29n);

function readId(registers: RegisterPort): IdRegisters {
  const read = (name: string): number => Number(registers.read(name));
  return {
    IDR0: read('IDR0'), IDR1: read('IDR1'), IDR2: read('IDR2'), IDR3: read('IDR3'), IDR4: read('IDR4'),
    IDR5: read('IDR5'), IDR6: read('IDR6'), IIDR: read('IIDR'), AIDR: read('AIDR'),
  };
}

export function probeFeatures(registers: RegisterPort, vhe: boolean): DriverFeatures {
  const id = readId(registers);
  const f = decodeFeatures(id);
  const pages = (f.gran4k ? SIZE_4K : 0n) | (f.gran16k ? SIZE_16K : 0n) | (f.gran64k ? SIZE_64K : 0n);
  return {
    id,
    s1: f.s1p,
    s2: f.s2p,
    nesting: f.s1p && f.s2p,
    coherent: f.cohacc,
    twoLevelStreamTable: f.twoLevelStreamTable,
    twoLevelCdTable: f.cd2l,
    ats: f.ats,
    hyp: f.hyp,
    e2h: f.hyp && vhe,
    stalls: f.stallModel !== 1,
    stallForce: f.stallModel === 2,
    rangeInvalidation: f.ril,
    attrTypesOvr: f.attrTypesOvr,
    s2fwb: f.fwb,
    dirty: f.httu >= 2,
    sidBits: f.sidSize,
    ssidBits: f.ssidSize,
    asidBits: f.asid16 ? 16 : 8,
    vmidBits: f.vmid16 ? 16 : 8,
    ias: f.ias,
    oas: f.oas,
    vaBits: 48,
    pgsizeBitmap: f.oas === 52 ? pages | (1n << 42n) : pages,
    cmdqShift: Math.min(f.cmdqs, CMDQ_MAX_SHIFT),
    evtqShift: Math.min(f.eventqs, EVTQ_MAX_SHIFT),
    msi: f.msi,
    pri: f.pri,
    msiPolling: f.msi && f.cohacc,
  };
}
