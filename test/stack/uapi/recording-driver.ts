/** A driver that does nothing but write down what it was asked, and answers what a test tells it to. */
import type { IdRegisters } from '../../../src/model/spec/features.ts';
import type {
  CacheInvalidateInfo,
  CommandWords,
  Domain,
  HostDevice,
  HostDriver,
  HwInfo,
  NestedDomain,
  PageResponse,
  PasidTableConfig,
  ReservedRegion,
  UserInvalidation,
  Viommu,
} from '../../../src/model/stack/host/driver/types.ts';
import { newDomain } from '../../../src/model/stack/host/driver/objects.ts';
import { ERRNO } from '../../../src/model/stack/errno.ts';
import type { OrErrno } from '../../../src/model/stack/errno.ts';

export interface Call {
  readonly op: keyof HostDriver;
  readonly args: readonly unknown[];
}

const ID: IdRegisters = {
  IDR0: 0x0d44_101b,
  IDR1: 0x2_9b38,
  IDR2: 0,
  IDR3: 0x404,
  IDR4: 0,
  IDR5: 0x64,
  IDR6: 0,
  IIDR: 0x43b,
  AIDR: 1,
};

export const device = (name: string, streamId: number, more: Partial<HostDevice> = {}): HostDevice => ({
  name,
  streamIds: [streamId],
  ssidBits: 0,
  canStall: false,
  ats: false,
  canWbs: true,
  svaEnabled: false,
  reservedRegions: [],
  ...more,
});

/** Which driver made a domain: none takes one of another. */
const owners = new WeakMap<object, RecordingDriver>();

/** The stage a domain got is all that this driver keeps; `answers` override what an operation returns. */
export class RecordingDriver implements HostDriver {
  readonly calls: Call[] = [];
  readonly answers: Partial<Record<keyof HostDriver, number>> = {};
  /** What cacheInvalidateUser does; otherwise everything is handled. */
  invalidation: UserInvalidation | null = null;
  viommuSizeAnswer = { size: 1, why: '' };
  id = ID;
  resv: readonly ReservedRegion[] = [];

  /** Calls of one operation, in order. */
  of(op: keyof HostDriver): readonly Call[] {
    return this.calls.filter((call) => call.op === op);
  }

  #called(op: keyof HostDriver, ...args: readonly unknown[]): number {
    this.calls.push({ op, args });
    return this.answers[op] ?? 0;
  }

  probeDevice(one: HostDevice): number {
    return this.#called('probeDevice', one);
  }
  releaseDevice(one: HostDevice): void {
    this.#called('releaseDevice', one);
  }
  domainAlloc(type: 'unmanaged' | 'dma' | 'identity'): Domain {
    this.#called('domainAlloc', type);
    const domain = newDomain(type, 'S1');
    owners.set(domain, this);
    return domain;
  }
  domainFree(domain: Domain): void {
    this.#called('domainFree', domain);
  }
  enableNesting(domain: Domain): number {
    domain.stage = 'NESTED';
    return this.#called('enableNesting', domain);
  }
  getNesting(domain: Domain): boolean {
    this.#called('getNesting', domain);
    return domain.stage === 'NESTED';
  }
  attachDev(domain: Domain | NestedDomain, one: HostDevice): number {
    const result = this.#called('attachDev', domain, one);
    return (owners.get(domain) ?? this) === this ? result : -ERRNO.ENXIO;
  }
  detachDev(domain: Domain | NestedDomain, one: HostDevice): void {
    this.#called('detachDev', domain, one);
  }
  map(domain: Domain, iova: bigint, pa: bigint, size: bigint, prot: number): number {
    return this.#called('map', domain, iova, pa, size, prot);
  }
  unmap(domain: Domain, iova: bigint, size: bigint): bigint {
    this.#called('unmap', domain, iova, size);
    return size;
  }
  iotlbSync(domain: Domain): void {
    this.#called('iotlbSync', domain);
  }
  flushIotlbAll(domain: Domain): void {
    this.#called('flushIotlbAll', domain);
  }
  iovaToPhys(): bigint | null {
    return null;
  }
  prepareMsi(one: HostDevice, doorbell: bigint): bigint | number {
    this.#called('prepareMsi', one, doorbell);
    return doorbell;
  }
  getResvRegions(): readonly ReservedRegion[] {
    return this.resv;
  }
  attachPasidTable(domain: Domain, config: PasidTableConfig): number {
    return this.#called('attachPasidTable', domain, config);
  }
  detachPasidTable(domain: Domain): void {
    this.#called('detachPasidTable', domain);
  }
  cacheInvalidate(domain: Domain, one: HostDevice, info: CacheInvalidateInfo): number {
    return this.#called('cacheInvalidate', domain, one, info);
  }
  pageResponse(one: HostDevice, response: PageResponse): number {
    return this.#called('pageResponse', one, response);
  }
  hwInfo(): HwInfo {
    return { flags: 0, id: this.id };
  }
  domainAllocPaging(one: HostDevice, flags: number, userData: boolean): OrErrno<Domain> {
    const result = this.#called('domainAllocPaging', one, flags, userData);
    return result === 0 ? newDomain('unmanaged', 'S2') : result;
  }
  viommuSize(): { readonly size: number; readonly why: string } {
    return this.viommuSizeAnswer;
  }
  viommuAlloc(one: HostDevice, parent: Domain): OrErrno<Viommu> {
    const result = this.#called('viommuAlloc', one, parent);
    return result === 0 ? { parent, vmid: 1, vdevices: new Map() } : result;
  }
  viommuFree(viommu: Viommu): void {
    this.#called('viommuFree', viommu);
  }
  domainAllocNested(viommu: Viommu, flags: number, ste: readonly [bigint, bigint]): OrErrno<NestedDomain> {
    const result = this.#called('domainAllocNested', viommu, flags, ste);
    return result !== 0 ? result : { kind: 'nested', viommu, ste, enableAts: false, masters: [] };
  }
  vdeviceAlloc(viommu: Viommu, one: HostDevice, virtId: bigint): number {
    return this.#called('vdeviceAlloc', viommu, one, virtId);
  }
  vdeviceFree(viommu: Viommu, one: HostDevice): void {
    this.#called('vdeviceFree', viommu, one);
  }
  cacheInvalidateUser(viommu: Viommu, commands: readonly CommandWords[]): UserInvalidation {
    const result = this.#called('cacheInvalidateUser', viommu, commands);
    return this.invalidation ?? { result, handled: commands.length };
  }
  interrupt(source: 'EVENTQ' | 'PRIQ' | 'CMD_SYNC' | 'GERROR'): void {
    this.#called('interrupt', source);
  }
}
