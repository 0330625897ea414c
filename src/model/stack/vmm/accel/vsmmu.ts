/** The objects behind an accelerated virtual SMMU: a vIOMMU, a vDEVICE for each device, and domains for vSTEs (c.9). */
import type { OrErrno } from '../../errno.ts';
import type { IdRegisters } from '../../../spec/index.ts';
import { incompatibleFields } from '../id-registers.ts';
import type { IoctlPort } from '../ioctl-port.ts';
import { attach } from './iommufd-calls.ts';
import type { FaultQueueFile, IommufdCalls } from './iommufd-calls.ts';

export interface AccelDevice {
  readonly name: string;
  readonly vSid: number;
  /** Its number as an object of iommufd. */
  readonly devId: number;
  /** Its file. */
  readonly file: IoctlPort;
  /** Firmware says that it may stall. */
  readonly canStall: boolean;
}

const V = 1n;
const ABORT: readonly [bigint, bigint] = [V, 0n];
const BYPASS: readonly [bigint, bigint] = [V | (4n << 1n), 0n];

export class Vsmmu {
  readonly viommu: number;
  /** Where page faults of devices that stall come from; null: nobody is asked for them. */
  readonly faults: FaultQueueFile | null;
  private readonly _devices: AccelDevice[];
  private readonly calls: IommufdCalls;
  private readonly abort: number;
  private readonly bypass: number;
  /** The domain of its own that a device is attached to. */
  private readonly own = new Map<AccelDevice, number>();

  private constructor(calls: IommufdCalls, devices: readonly AccelDevice[], viommu: number, faults: FaultQueueFile | null, abort: number, bypass: number) {
    this.calls = calls;
    this.faults = faults;
    this._devices = [...devices];
    this.viommu = viommu;
    this.abort = abort;
    this.bypass = bypass;
  }

  /** Makes vIOMMU, vDEVICEs, the domains for abort and bypass and (with `stalls`) a fault queue; every device starts with bypass. A negative errno. */
  static create(calls: IommufdCalls, devices: readonly AccelDevice[], parent: number, stalls: boolean): OrErrno<Vsmmu> {
    const first = devices[0]!.devId;
    const viommu = calls.viommuAlloc(first, parent);
    if (viommu < 0) return viommu;
    const faults = stalls ? calls.faultQueueAlloc() : null;
    if (typeof faults === 'number') return faults;
    const vdevices = devices.map(({ devId, vSid }) => calls.vdeviceAlloc(viommu, devId, vSid));
    const domains = [ABORT, BYPASS].map((ste) => calls.nestedAlloc(viommu, first, ste));
    const failed = [...vdevices, ...domains].find((id) => id < 0);
    if (failed !== undefined) return failed;
    const vsmmu = new Vsmmu(calls, devices, viommu, faults, domains[0]!, domains[1]!);
    for (const device of devices) {
      const result = vsmmu.useBypass(device);
      if (result !== 0) return result;
    }
    return vsmmu;
  }

  get devices(): readonly AccelDevice[] {
    return this._devices;
  }

  /** A device that comes later; it starts with bypass, as the others did. A negative errno: it is not among them. */
  add(device: AccelDevice): number {
    const vdevice = this.calls.vdeviceAlloc(this.viommu, device.devId, device.vSid);
    const result = vdevice < 0 ? vdevice : this.useBypass(device);
    if (result === 0) this._devices.push(device);
    return result;
  }

  useAbort(device: AccelDevice): number {
    return this.#switch(device, this.abort, null);
  }

  useBypass(device: AccelDevice): number {
    return this.#switch(device, this.bypass, null);
  }

  /** A new domain for this vSTE; the one before it goes. */
  useSte(device: AccelDevice, ste: readonly [bigint, bigint]): number {
    const faults = device.canStall ? (this.faults?.id ?? null) : null;
    const domain = this.calls.nestedAlloc(this.viommu, device.devId, ste, faults);
    if (domain < 0) return domain;
    const result = this.#switch(device, domain, domain);
    if (result !== 0) this.calls.destroy(domain);
    return result;
  }

  #switch(device: AccelDevice, domain: number, own: number | null): number {
    const result = attach(device.file, domain);
    if (result !== 0) return result;
    const old = this.own.get(device);
    if (own === null) this.own.delete(device);
    else this.own.set(device, own);
    if (old !== undefined) this.calls.destroy(old);
    return 0;
  }
}

/** Fields of the virtual ID registers that promise what the SMMU behind a device cannot keep (c.9), or a negative errno. */
export function brokenPromises(calls: IommufdCalls, device: AccelDevice, virtual: IdRegisters): OrErrno<readonly string[]> {
  const host = calls.hwInfo(device.devId);
  return typeof host === 'number' ? host : incompatibleFields(virtual, host);
}
