/** A machine of the nested stack as plain data: which kernels, which uAPI between them, VMs with RAM, devices. */
import type { IdRegisters } from '../../spec/index.ts';
import type { FaultPolicy } from '../guest/fault-policy.ts';
import type { Generation } from '../host/driver/choices.ts';

/** The uAPI between VMM and host, and which host driver comes with it. */
export const UAPIS = ['vfio-v16-posted', 'vfio-v16-intended', 'iommufd'] as const;
export type Uapi = (typeof UAPIS)[number];

export const generationOf = (uapi: Uapi): Generation => (uapi === 'iommufd' ? 'modern' : 'v16');

export interface KernelData {
  /** The host runs at EL2 with VHE. */
  readonly vhe: boolean;
  /** PAGE_SIZE of the host. */
  readonly pageSize: bigint;
  /** Devices without a domain abort rather than bypass. */
  readonly disableBypass: boolean;
}

export interface RamData {
  readonly ipa: bigint;
  readonly size: bigint;
  /** null: where memory is free, never at the IPA. */
  readonly pa: bigint | null;
  /** Memory that has failed: every access to it is an external abort. */
  readonly poisoned: boolean;
}

export interface GuestDriverData {
  readonly rangeInvalidation: boolean;
  readonly hitless: boolean;
  readonly invalidation: 'strict' | 'lazy' | 'passthrough';
  /** It lets devices stall that firmware says can (5.14 and later). */
  readonly stalls: boolean;
  /** What drivers of the guest do with faults of their devices. */
  readonly faults: FaultPolicy;
  /** Firmware tells of the window of MSIs (b.5). */
  readonly rmr: boolean;
}

export interface StackVmData {
  readonly name: string;
  readonly ram: readonly RamData[];
  /** QEMU has a container, so a VMID, for each device (b.3); all devices of a VM can share one. */
  readonly containers: 'per-device' | 'shared';
  /** ID registers of its virtual SMMU. */
  readonly vsmmu: IdRegisters;
  readonly driver: GuestDriverData;
}

export interface StackDeviceData {
  readonly name: string;
  readonly StreamID: number;
  readonly vm: string;
  /** The StreamID in the guest. */
  readonly vSID: number;
  /** Always coherent (IORT CANWBS): without it, and without S2FWB, iommufd gives no vIOMMU. */
  readonly canWbs: boolean;
  /** The VM has it from the start; else it is plugged in later. */
  readonly plugged: boolean;
  /** Firmware of host and guest says that it may stall: its transactions can wait for an answer. */
  readonly canStall: boolean;
  /** It uses ATS (PCIe), with an ATC of its own. */
  readonly ats?: boolean | undefined;
  /** A doorbell whose writes bypass translation (patch 9); null: none. */
  readonly hardwareMsi: { readonly base: bigint; readonly size: bigint } | null;
}

export interface StackData {
  readonly uapi: Uapi;
  /** `qemu-v10` does what QEMU does; `ideal` all that uAPI and architecture allow. */
  readonly vmm: 'qemu-v10' | 'ideal';
  readonly kernel: KernelData;
  readonly vms: readonly StackVmData[];
  readonly devices: readonly StackDeviceData[];
}
