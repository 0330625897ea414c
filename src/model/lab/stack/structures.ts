/**
 * Which structure of a stack lab lies where and whose it is. The host's driver owns what it keeps in PAs; a guest's driver
 * owns stream table, CDs, tables and queues of its own in IPAs, which the SMMU reads through stage 2 or never at all.
 */
import { fromWords } from '../../base/address.ts';
import type { RegisterFile } from '../../smmu/registers/register-file.ts';
import type { StackMachine, StackVm } from '../../stack/assembly/index.ts';
import { cdTables } from '../../stack/host/driver/cd-table.ts';
import type { Domain } from '../../stack/host/driver/objects.ts';
import type { SmmuDevice } from '../../stack/host/driver/smmu-device.ts';
import { LEAF_BYTES } from '../../stack/host/driver/strtab.ts';
import type { Located, Structure, StructureKind } from '../layout.ts';

type Owner = Pick<Structure, 'owner' | 'vm' | 'space'>;
type Place = (kind: StructureKind, address: bigint, size: number | bigint, of?: Partial<Pick<Structure, 'vm' | 'device' | 'level'>>) => void;

const HOST: Owner = { owner: 'host', vm: null, space: 'pa' };
const MSI_PAGE = 4096;
const COMMAND_BYTES = 16;
const EVENT_BYTES = 32;

/** What every SMMUv3 driver has: its stream table and queues, where the registers say that they are. */
function placeDriver({ strtab }: SmmuDevice, { cmdq, eventq }: RegisterFile, place: Place): void {
  place('stream-table', strtab.base, strtab.bytes);
  for (const leaf of strtab.leaves) place('stream-table-level-2', leaf, LEAF_BYTES);
  place('command-queue', fromWords(cmdq.baseHi, cmdq.baseLo), COMMAND_BYTES << cmdq.log2Size);
  place('event-queue', fromWords(eventq.baseHi, eventq.baseLo), EVENT_BYTES << eventq.log2Size);
}

function placeTables(kind: 'stage-1-table' | 'stage-2-table', domain: Domain, of: Partial<Structure>, place: Place): void {
  for (const { address, level, bytes } of domain.pgtbl?.tables() ?? []) place(kind, address, bytes, { ...of, level });
}

/** Stage 2 of a VM: one for all its devices, or one for each that has a container of its own. */
function placeStage2({ vmm, devices, data }: StackVm, place: Place): void {
  const domains = new Map<Domain, string>();
  for (const device of devices.keys()) {
    const domain = vmm.domainOf(device);
    if (domain !== null && !domains.has(domain)) domains.set(domain, device);
  }
  for (const [domain, device] of domains) placeTables('stage-2-table', domain, { vm: data.name, device: domains.size > 1 ? device : null }, place);
}

function placeGuest(vm: StackVm, place: Place): void {
  const { smmu } = vm.kernel.driver;
  for (const { ipa, size } of vm.ram.regions) place('vm-ram', ipa, size);
  placeDriver(smmu, vm.vmm.smmu.registers, place);
  for (const [device, { domain }] of vm.devices) {
    for (const { address, bytes } of cdTables(smmu, domain)) place('context-descriptor', address, bytes, { device });
    placeTables('stage-1-table', domain, { device }, place);
  }
}

/** Queues of the uAPI, which host and VMM share: the SMMU reads none of them, the host's kernel keeps them. */
function placeKernelQueues({ vmm, data }: StackVm, place: Place): void {
  for (const { kind, device, bytes } of vmm.kernelQueues()) place(kind, 0n, bytes, { vm: data.name, device });
}

/** Everything in memory with its owner, by physical address; what has no physical address comes first. */
export function structuresOf({ host, vms }: StackMachine): readonly Located[] {
  const found: Located[] = [];
  const placeIn = (owner: Owner, toPa: (address: bigint) => bigint | null): Place => (kind, address, size, of = {}) => {
    found.push({ kind, device: null, level: null, address, size: BigInt(size), pa: toPa(address), ...owner, ...of });
  };
  const hosts = placeIn(HOST, (address) => address);
  placeDriver(host.driver.smmu, host.smmu.registers, hosts);
  hosts('msi-doorbell', host.doorbell, MSI_PAGE);
  for (const vm of vms.values()) {
    placeStage2(vm, hosts);
    placeKernelQueues(vm, placeIn({ ...HOST, space: 'kernel' }, () => null));
    placeGuest(vm, placeIn({ owner: 'guest', vm: vm.data.name, space: 'ipa' }, (address) => vm.ram.toPa(address)));
  }
  return found.sort((a, b) => Number((a.pa ?? 0n) - (b.pa ?? 0n)));
}
