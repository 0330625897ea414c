/**
 * The Linux driver of an SMMUv3, as it was under the nine patches (v16) or as it is now (modern). It works on an SMMU through
 * registers, memory and queues only, so that it runs on a physical SMMU and, in a guest, on a virtual one.
 */
import { ERRNO } from '../../errno.ts';
import type { OrErrno } from '../../errno.ts';
import type { StackJournal } from '../../journal.ts';
import { mapRange, unmapRange } from '../../io-pgtable/page-sizes.ts';
import type { Gather } from '../../io-pgtable/types.ts';
import { RegisterPort } from '../../../smmu/register-port.ts';
import type { RegisterInterface } from '../../../smmu/register-port.ts';
import { attachModern, detachModern } from './attach-modern.ts';
import { attachV16, detachV16 } from './attach-v16.ts';
import { presetBypass } from './bypass-streams.ts';
import { cacheInvalidate } from './cache-invalidate.ts';
import { CommandQueue } from './cmdq.ts';
import { abortSte } from './ste-make.ts';
import { drainEvents } from './evtq.ts';
import { probeFeatures } from './features.ts';
import { freeDomain } from './finalise.ts';
import { handleGerror } from './gerror.ts';
import { IdAllocator } from './id-allocator.ts';
import type { KernelLog } from './kernel-log.ts';
import { prepareMsi } from './msi.ts';
import { domainAllocNested, domainAllocPaging, viommuAlloc, viommuSize } from './nested.ts';
import { newDomain, vSidOf } from './objects.ts';
import type { Domain, Master, NestedDomain, Viommu } from './objects.ts';
import type { PageSource } from './page-allocator.ts';
import { pageResponse } from './page-response.ts';
import { attachPasidTable, detachPasidTable } from './pasid-table.ts';
import { resetSmmu } from './reset.ts';
import { print } from './smmu-device.ts';
import type { As, DriverChoices, DriverMemory, Generation } from './choices.ts';
import type { SmmuDevice } from './smmu-device.ts';
import { initialSteV16 } from './ste-v16.ts';
import { StreamTable } from './strtab.ts';
import { emptyGather, HOST_ASID, iotlbSync, tlbInvContext } from './tlb.ts';
import { SW_MSI } from './types.ts';
import type { CacheInvalidateInfo, CommandWords, FaultCore, HostDevice, HostDriver, HwInfo, PageResponse, PasidTableConfig, ReservedRegion, UserInvalidation } from './types.ts';
import { cacheInvalidateUser } from './user-invalidate.ts';

export interface DriverOptions {
  /** As dev_name() of the SMMU: `9050000.smmuv3`. */
  readonly name: string;
  readonly generation: Generation;
  readonly as?: As;
  readonly registers: RegisterInterface;
  readonly memory: DriverMemory;
  readonly pages: PageSource;
  /** One for all SMMUs of the kernel; without it the driver has its own. */
  readonly asids?: IdAllocator;
  readonly journal: StackJournal;
  readonly log: KernelLog;
  readonly core: FaultCore;
  /** The kernel runs at EL2 with VHE. */
  readonly vhe?: boolean;
  /** CMD_SYNC by MSI where the SMMU can; the MSI overwrites the slot. */
  readonly msiPolling?: boolean;
  /** log2 of the entries of the command queue, at most what IDR1 says; at least 7. */
  readonly cmdqShift?: number;
  readonly evtqShift?: number;
  /** StreamIDs whose DMA must go on while the driver probes (RMRs). */
  readonly bypassStreams?: readonly number[];
  readonly choices?: Partial<Omit<DriverChoices, 'generation' | 'as'>>;
}

const BATCH_SHIFT = 6;

export class SmmuDriver implements HostDriver {
  readonly smmu: SmmuDevice;
  readonly evtqBase: bigint;

  private constructor(smmu: SmmuDevice, evtqBase: bigint) {
    this.smmu = smmu;
    this.evtqBase = evtqBase;
  }

  /** arm_smmu_device_probe(): -ENOMEM, -ENXIO for a command queue that no batch fits, -ETIMEDOUT for an SMMU that does not answer. */
  static probe(options: DriverOptions): OrErrno<SmmuDriver> {
    const made = allocate(options);
    if (typeof made === 'number') return made;
    const driver = new SmmuDriver(made.smmu, made.evtqBase);
    const result = presetBypass(driver.smmu, options.bypassStreams ?? []) || resetSmmu(driver.smmu, driver.evtqBase);
    return result === 0 ? driver : result;
  }

  probeDevice(device: HostDevice): number {
    const { strtab, features, masters } = this.smmu;
    if (device.streamIds.length === 0) return -ERRNO.ENODEV;
    for (const sid of device.streamIds) {
      const result = strtab.reach(sid);
      if (result !== 0) return result;
    }
    masters.set(device, {
      device,
      streams: device.streamIds,
      ssidBits: Math.min(features.ssidBits, device.ssidBits),
      stallEnabled: features.stallForce || (features.stalls && device.canStall),
      domain: null,
      atsEnabled: false,
      vmaster: null,
    });
    return 0;
  }

  releaseDevice(device: HostDevice): void {
    const master = this.smmu.masters.get(device);
    if (master === undefined) return;
    this.#detach(master);
    this.smmu.masters.delete(device);
  }

  /** The default is stage 1; enableNesting and the SMMU's features change that until a device is attached. */
  domainAlloc(type: Domain['type']): Domain {
    return newDomain(type, type === 'identity' ? 'BYPASS' : 'S1');
  }

  domainFree(domain: Domain): void {
    freeDomain(this.smmu, domain);
  }

  /** -EINVAL for another type than unmanaged, -EPERM once a device was attached. */
  enableNesting(domain: Domain): number {
    if (domain.type !== 'unmanaged') return -ERRNO.EINVAL;
    if (domain.smmu !== null) return -ERRNO.EPERM;
    domain.stage = 'NESTED';
    return 0;
  }

  getNesting(domain: Domain): boolean {
    return domain.stage === 'NESTED';
  }

  attachDev(domain: Domain | NestedDomain, device: HostDevice): number {
    if (this.smmu.choices.generation === 'modern') return attachModern(this.smmu, domain, device);
    return domain.kind === 'paging' ? attachV16(this.smmu, domain, device) : -ERRNO.EINVAL;
  }

  /** Nothing when the device is attached to something else. */
  detachDev(domain: Domain | NestedDomain, device: HostDevice): void {
    const master = this.smmu.masters.get(device);
    if (master?.domain === domain) this.#detach(master);
  }

  /** -ENODEV before the first attach, else as iommu_map(). */
  map(domain: Domain, iova: bigint, pa: bigint, size: bigint, prot: number): number {
    if (domain.pgtbl === null) return -ERRNO.ENODEV;
    const gather = emptyGather();
    const result = mapRange(domain.pgtbl, iova, pa, size, prot, gather);
    iotlbSync(this.smmu, domain, gather);
    return result;
  }

  unmap(domain: Domain, iova: bigint, size: bigint, gather: Gather): bigint {
    return domain.pgtbl === null ? 0n : unmapRange(domain.pgtbl, iova, size, gather);
  }

  iotlbSync(domain: Domain, gather: Gather): void {
    iotlbSync(this.smmu, domain, gather);
  }

  flushIotlbAll(domain: Domain): void {
    if (domain.smmu !== null) tlbInvContext(this.smmu, domain, HOST_ASID);
  }

  iovaToPhys(domain: Domain, iova: bigint): bigint | null {
    return domain.pgtbl === null ? null : domain.pgtbl.iovaToPhys(iova);
  }

  prepareMsi(device: HostDevice, doorbell: bigint): bigint | number {
    return prepareMsi(this.smmu, device, doorbell);
  }

  getResvRegions(device: HostDevice): readonly ReservedRegion[] {
    return [SW_MSI, ...device.reservedRegions];
  }

  attachPasidTable(domain: Domain, config: PasidTableConfig): number {
    return attachPasidTable(this.smmu, domain, config);
  }

  detachPasidTable(domain: Domain): void {
    detachPasidTable(this.smmu, domain);
  }

  /** The device is not looked at: one call for each device repeats the same commands (a.7, subtlety 4). */
  cacheInvalidate(domain: Domain, _device: HostDevice, info: CacheInvalidateInfo): number {
    return cacheInvalidate(this.smmu, domain, info);
  }

  pageResponse(device: HostDevice, response: PageResponse): number {
    return pageResponse(this.smmu, device, response);
  }

  hwInfo(): HwInfo {
    return { flags: 0, id: this.smmu.features.id };
  }

  domainAllocPaging(device: HostDevice, flags: number, userData: boolean): OrErrno<Domain> {
    return domainAllocPaging(this.smmu, device, flags, userData);
  }

  viommuSize(device: HostDevice): { readonly size: number; readonly why: string } {
    return viommuSize(this.smmu, device);
  }

  viommuAlloc(device: HostDevice, parent: Domain): OrErrno<Viommu> {
    return viommuAlloc(this.smmu, device, parent);
  }

  /** The VMID stays with the parent; the guest's StreamIDs are forgotten. */
  viommuFree(viommu: Viommu): void {
    viommu.vdevices.clear();
  }

  domainAllocNested(viommu: Viommu, flags: number, ste: readonly [bigint, bigint]): OrErrno<NestedDomain> {
    return domainAllocNested(this.smmu, viommu, flags, ste);
  }

  /** -EINVAL for a device of another SMMU, -EEXIST when the device or the vSID has a vDEVICE. */
  vdeviceAlloc(viommu: Viommu, device: HostDevice, virtId: bigint): number {
    if (!this.smmu.masters.has(device)) return -ERRNO.EINVAL;
    if (viommu.vdevices.has(virtId) || vSidOf(viommu, device) !== null) return -ERRNO.EEXIST;
    viommu.vdevices.set(virtId, device);
    return 0;
  }

  vdeviceFree(viommu: Viommu, device: HostDevice): void {
    const vSid = vSidOf(viommu, device);
    if (vSid !== null) viommu.vdevices.delete(vSid);
  }

  cacheInvalidateUser(viommu: Viommu, commands: readonly CommandWords[]): UserInvalidation {
    return cacheInvalidateUser(this.smmu, viommu, commands);
  }

  interrupt(source: 'EVENTQ' | 'PRIQ' | 'CMD_SYNC' | 'GERROR'): void {
    if (source === 'EVENTQ') drainEvents(this.smmu, this.evtqBase);
    // The queue itself looks for CMDQ_ERR after each run: acknowledged from within, the SMMU would not go on.
    if (source === 'GERROR' && !this.smmu.cmdq.busy) handleGerror(this.smmu);
  }

  #detach(master: Master): void {
    if (this.smmu.choices.generation === 'v16') detachV16(this.smmu, master);
    else detachModern(this.smmu, master);
  }
}

function choicesOf({ generation, as, choices }: DriverOptions): DriverChoices {
  const defaults = { dmesg: generation === 'v16' ? 'raw' : 'decoded', disableBypass: true, prefetch: true, pageSize: 4096n, hop: 'host-driver' } as const;
  return { ...defaults, ...choices, generation, as: as ?? 'posted' };
}

function allocate(options: DriverOptions): { readonly smmu: SmmuDevice; readonly evtqBase: bigint } | number {
  const registers = new RegisterPort(options.registers);
  const choices = choicesOf(options);
  const probed = probeFeatures(registers, options.vhe ?? false);
  const features = {
    ...probed,
    cmdqShift: Math.min(probed.cmdqShift, options.cmdqShift ?? probed.cmdqShift),
    evtqShift: Math.min(probed.evtqShift, options.evtqShift ?? probed.evtqShift),
    msiPolling: probed.msiPolling && (options.msiPolling ?? true),
  };
  const { name, log, journal, memory, pages, core } = options;
  if (features.cmdqShift <= BATCH_SHIFT) {
    print({ log, name }, 'err', `command queue size <= ${2 ** BATCH_SHIFT} entries not supported`);
    return -ERRNO.ENXIO;
  }
  const cmdqBase = pages.allocate(16 << features.cmdqShift);
  const evtqBase = pages.allocate(32 << features.evtqShift);
  const initial = choices.generation === 'v16' ? initialSteV16(choices.disableBypass) : abortSte();
  const strtab = StreamTable.create(features, memory, pages, initial);
  if (cmdqBase === null || evtqBase === null || strtab === null) return -ERRNO.ENOMEM;
  const cmdq = new CommandQueue({
    base: cmdqBase,
    shift: features.cmdqShift,
    msiPolling: features.msiPolling,
    registers,
    memory,
    journal,
    choices,
    print: (text) => print({ log, name }, 'err', text),
    onError: () => handleGerror(smmu),
  });
  const smmu: SmmuDevice = {
    name, choices, features, registers, memory, pages, journal, log, core, cmdq, strtab,
    asids: options.asids ?? new IdAllocator(features.asidBits),
    vmids: new IdAllocator(features.vmidBits),
    masters: new Map(),
  };
  return { smmu, evtqBase };
}
