/**
 * A guest's Linux as far as its devices' DMA goes: the SMMUv3 driver of the chosen vintage on the virtual SMMU's registers,
 * with stream table, CDs, translation tables and queues in guest memory, and default domains for its devices.
 */
import { assert } from '../../base/assert.ts';
import type { RegisterInterface } from '../../smmu/register-port.ts';
import { ERRNO, errnoText, isErrno } from '../errno.ts';
import type { OrErrno } from '../errno.ts';
import type { StackJournal } from '../journal.ts';
import type { HostDevice } from '../host/driver/device.ts';
import { SmmuDriver } from '../host/driver/driver.ts';
import { KernelLog } from '../host/driver/kernel-log.ts';
import type { Domain } from '../host/driver/objects.ts';
import { PageAllocator } from '../host/driver/page-allocator.ts';
import { PROT } from '../host/driver/types.ts';
import type { GuestMemory } from '../vmm/guest-memory.ts';
import { DmaApi } from './dma-api.ts';
import { GuestFaults, PRINT_FAULTS } from './fault-policy.ts';
import type { FaultPolicy } from './fault-policy.ts';
import { NO_FIRMWARE, reservedRanges } from './firmware.ts';
import type { Firmware } from './firmware.ts';
import { generationOf, registersFor } from './vintage.ts';
import type { Vintage } from './vintage.ts';

/** iommu.passthrough=1 makes default domains identity; iommu.strict chooses between the others. */
export type DefaultDomain = 'strict' | 'lazy' | 'passthrough';

export interface GuestKernelOptions {
  readonly registers: RegisterInterface;
  readonly memory: GuestMemory;
  /** IPAs that the kernel takes tables and queues from. */
  readonly heap: { readonly base: bigint; readonly size: bigint };
  readonly vintage: Vintage;
  readonly journal: StackJournal;
  readonly defaultDomain?: DefaultDomain;
  readonly firmware?: Firmware;
  readonly faults?: FaultPolicy;
  /** log2 of the entries of the queues, at most what the virtual SMMU has. */
  readonly cmdqShift?: number;
  readonly evtqShift?: number;
}

export interface GuestDevice {
  readonly name: string;
  readonly streamId: number;
  readonly canStall?: boolean;
  readonly ats?: boolean;
}

/** A device with its default domain; `dma` is null with passthrough, where IOVAs are IPAs. */
export interface BoundDevice {
  readonly device: HostDevice;
  readonly domain: Domain;
  readonly dma: DmaApi | null;
}

export class GuestKernel {
  readonly driver: SmmuDriver;
  readonly log: KernelLog;
  readonly faults: GuestFaults;
  private readonly options: GuestKernelOptions;
  private readonly pages: PageAllocator;
  private readonly domains = new Map<HostDevice, Domain>();

  private constructor(options: GuestKernelOptions, driver: SmmuDriver, log: KernelLog, faults: GuestFaults, pages: PageAllocator) {
    this.options = options;
    this.driver = driver;
    this.log = log;
    this.faults = faults;
    this.pages = pages;
  }

  /** Probes and enables the virtual SMMU; a negative errno as the driver's probe gives it. */
  static boot(options: GuestKernelOptions): OrErrno<GuestKernel> {
    const { vintage, memory, heap, journal, cmdqShift, evtqShift } = options;
    const log = new KernelLog();
    let kernel: GuestKernel | null = null;
    const booted = (): GuestKernel => {
      assert(kernel !== null, 'faults come to a kernel that is there');
      return kernel;
    };
    const faults = new GuestFaults(options.faults ?? PRINT_FAULTS, journal, {
      respond: (device, response) => booted().driver.pageResponse(device, response),
      populate: (device, addr) => booted().#populate(device, addr),
    });
    const pages = new PageAllocator(heap.base, heap.size, (address, length) => memory.writeBytes(address, new Uint8Array(length)));
    const driver = SmmuDriver.probe({
      name: 'arm-smmu-v3.0.auto',
      generation: generationOf(vintage),
      registers: registersFor(vintage, options.registers),
      memory,
      pages,
      journal,
      log,
      core: faults,
      bypassStreams: bypassStreams(options.firmware ?? NO_FIRMWARE),
      choices: { hop: 'guest' },
      ...(cmdqShift === undefined ? {} : { cmdqShift }),
      ...(evtqShift === undefined ? {} : { evtqShift }),
    });
    if (isErrno(driver)) return driver;
    kernel = new GuestKernel(options, driver, log, faults, pages);
    return kernel;
  }

  /** iommu_probe_device(): default domain, attach, then the mappings that firmware asks for. A negative errno. */
  addDevice(one: GuestDevice): OrErrno<BoundDevice> {
    const { vintage, firmware = NO_FIRMWARE, defaultDomain = 'strict', journal } = this.options;
    const { name, streamId, canStall = false, ats = false } = one;
    const device: HostDevice = {
      name,
      streamIds: [streamId],
      ssidBits: 0,
      canStall: canStall && vintage.stalls,
      ats,
      canWbs: false,
      svaEnabled: false,
      reservedRegions: [],
    };
    const domain = this.driver.domainAlloc(defaultDomain === 'passthrough' ? 'identity' : 'dma');
    const result = this.driver.probeDevice(device) || this.driver.attachDev(domain, device);
    if (result !== 0) return result;
    this.domains.set(device, domain);
    if (defaultDomain === 'passthrough') return { device, domain, dma: null };
    const reserved = reservedRanges(firmware, streamId);
    const dma = new DmaApi({ driver: this.driver, domain, device: name, invalidation: defaultDomain, reserved, journal });
    for (const range of reserved) {
      const mapped = dma.mapDirect(range);
      if (mapped !== 0) return mapped;
    }
    return { device, domain, dma };
  }

  /** What a fault handler does that repairs: a page of its memory where the device asked. -EINVAL without tables, -ENOMEM, -EEXIST. */
  #populate(device: HostDevice, addr: bigint): number {
    const domain = this.domains.get(device);
    if (domain === undefined || domain.pgtbl === null) return -ERRNO.EINVAL;
    const page = domain.pgsizeBitmap & -domain.pgsizeBitmap;
    const ipa = this.pages.allocate(Number(page));
    if (ipa === null) return -ERRNO.ENOMEM;
    const result = this.driver.map(domain, addr & -page, ipa, page, PROT.READ | PROT.WRITE | PROT.CACHE);
    if (result !== 0) this.pages.free(ipa, Number(page));
    const end = result === 0 ? { result } : { result, dropped: errnoText(result) };
    this.options.journal.record('guest', 'map', { device: device.name, iova: addr & -page, ipa }, end);
    return result;
  }

  /** An interrupt of the virtual SMMU. */
  interrupt(source: 'EVENTQ' | 'PRIQ' | 'CMD_SYNC' | 'GERROR'): void {
    this.driver.interrupt(source);
  }
}

/** Streams with an RMR keep doing DMA while the kernel boots: their STEs start as bypass. */
function bypassStreams({ rmrs, preserveBootConfiguration }: Firmware): number[] {
  if (!preserveBootConfiguration) return [];
  return rmrs.flatMap(({ mapping }) => Array.from({ length: mapping.count }, (_, i) => mapping.outputBase + i));
}
