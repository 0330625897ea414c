/** From host and guests of a stack lab to data: defaults, references, limits. */
import { hex } from '../../../model/base/address.ts';
import type { HostData } from '../../../model/lab/data.ts';
import { REGISTERS, setField } from '../../../model/spec/index.ts';
import type { Features, IdRegisters } from '../../../model/spec/index.ts';
import { QEMU_V10_ID, withStalls } from '../../../model/stack/vmm/id-registers.ts';
import { GUEST_HEAP, HEAP_BYTES } from '../../../model/stack/assembly/index.ts';
import type { StackData, StackVmData, Uapi } from '../../../model/stack/assembly/index.ts';
import { orKnown } from '../check-guest.ts';
import { refusedPromises } from '../check-features.ts';
import { resolveHost } from '../check-host.ts';
import { alignedText, below, checkOverlap, inside } from '../check-map.ts';
import type { Report, Where } from '../report.ts';
import { stackGuestSchema, VIRTUAL_ID_REGISTERS } from './guest-schema.ts';
import type { StackGuestDocument } from './guest-schema.ts';
import type { StackHostDocument } from './host-schema.ts';

const HOST: Where = { document: 'host', path: [] };
const at = (...path: (string | number)[]): Where => below(HOST, ...path);
const PAGE_BYTES = { '4K': 4096n, '16K': 16384n, '64K': 65536n } as const;
/** Commands that the driver's queue holds when the document does not say. */
const LOG2_COMMANDS = 10;

function uapiOf({ uapi }: StackHostDocument, report: Report): Uapi {
  if (uapi.kind === 'vfio-v16') return uapi.as === 'intended' ? 'vfio-v16-intended' : 'vfio-v16-posted';
  if (uapi.as !== undefined) report.error({ ...at('uapi', 'as'), key: true }, 'unused', 'as is for kind vfio-v16, whose nine patches do not all do what they mean to');
  return 'iommufd';
}

type VmDocument = StackHostDocument['vms'][number];

function resolveVm(vm: VmDocument, index: number, document: StackHostDocument, guest: StackGuestDocument, features: Features, report: Report): StackVmData {
  const where = at('vms', index);
  const unit = PAGE_BYTES[document.kernel.pageSize];
  vm.ram.forEach(({ ipa, size, pa, poisoned }, i) => {
    const here = below(where, 'ram', i);
    for (const [key, value] of Object.entries({ ipa, size, pa: pa ?? 0n })) {
      if (value % unit !== 0n) report.error(below(here, key), 'misaligned', `${key} ${hex(value)} is not a multiple of ${hex(unit)}, a page of the host's kernel`, alignedText(key, value, unit));
    }
    if (pa !== undefined && poisoned) report.error(below(here, 'pa'), 'unused', 'poisoned RAM lies where nothing answers: it has no pa');
    else if (pa !== undefined && !inside(document.memory, pa, size)) report.error(below(here, 'pa'), 'outside-memory', `PA ${hex(pa)} to ${hex(pa + size - 1n)} is not all inside host.memory`);
    if (pa !== undefined && pa < document.memory[0]!.base + HEAP_BYTES && pa + size > document.memory[0]!.base) {
      report.error(below(here, 'pa'), 'overlap', `the host's kernel keeps the first ${HEAP_BYTES >> 20n}M of memory for itself`);
    }
  });
  checkOverlap(vm.ram.map(({ ipa: base, size }) => ({ base, size })), 'IPA', (i) => below(where, 'ram', i, 'ipa'), report);
  const [first] = vm.ram;
  if (first === undefined) report.error(below(where, 'ram'), 'missing-key', 'a VM has RAM');
  else if (first.size < 2n * GUEST_HEAP) report.error(below(where, 'ram', 0, 'size'), 'out-of-range', `the first RAM has at least ${(2n * GUEST_HEAP) >> 20n}M: the guest's kernel keeps the last ${GUEST_HEAP >> 20n}M of it`);
  if (!document.devices.some((device) => device.vm === vm.name && device.plugged)) report.error(below(where, 'name'), 'unused', `no device in host.devices is passed to ${vm.name} from the start: its VMM has no file to ask`);
  if (first?.poisoned === true) report.error(below(where, 'ram', 0, 'poisoned'), 'bad-value', "the first RAM holds the guest's kernel and cannot be poisoned");
  const own = guest[vm.name] ?? stackGuestSchema.parse({ [vm.name]: {} })[vm.name]!;
  const ram = vm.ram.map(({ ipa, size, pa, poisoned }) => ({ ipa, size, pa: pa ?? null, poisoned }));
  return { name: vm.name, ram, containers: vm.containers, vsmmu: virtualId(vm.name, own, defaultId(vm.name, document, features), report), driver: { ...own.driver, rmr: own.rmr, faults: own.faults } };
}

/** QEMU's ID registers; a VMM that can hand stalls on promises them where a device of the VM may stall. */
function defaultId(vm: string, { vmm, devices }: StackHostDocument, { stallModel, stallMax }: Features): IdRegisters {
  const stalls = vmm === 'ideal' && stallModel !== 1 && devices.some((device) => device.vm === vm && device.canStall);
  return stalls ? withStalls(QEMU_V10_ID, stallModel, stallMax) : QEMU_V10_ID;
}

/** The ID registers of a VM with the fields that the document changes. */
function virtualId(vm: string, { vsmmu }: StackGuestDocument[string], base: IdRegisters, report: Report): IdRegisters {
  const id: Record<string, number> = { ...base };
  for (const name of VIRTUAL_ID_REGISTERS) {
    const words = Uint32Array.of(id[name]!);
    for (const [field, value] of Object.entries(vsmmu[name] ?? {})) setField(REGISTERS.get(name)!, field, value, words, 0);
    id[name] = words[0]!;
  }
  const registers = id as unknown as IdRegisters;
  for (const { register, fields, message } of refusedPromises(registers, 'guest')) {
    const asked = vsmmu[register] ?? {};
    const field = fields.find((name) => asked[name] !== undefined);
    report.error({ document: 'guest', path: [vm, 'vsmmu', register, ...(field === undefined ? [] : [field])] }, 'unsupported', message);
  }
  return registers;
}

function checkNames(document: StackHostDocument, guest: StackGuestDocument, report: Report): void {
  const vms = document.vms.map((vm) => vm.name);
  for (const list of ['vms', 'devices'] as const) {
    document[list].forEach((one, i) => {
      if (document[list].findIndex((other) => other.name === one.name) < i) report.error(at(list, i, 'name'), 'duplicate', `the name ${one.name} is already taken`);
    });
  }
  document.devices.forEach((device, i) => {
    if (!vms.includes(device.vm)) report.error(at('devices', i, 'vm'), 'unknown-vm', `there is no VM ${device.vm}; ${orKnown(device.vm, vms, 'host.vms')}`);
    if (document.devices.findIndex((other) => other.StreamID === device.StreamID) < i) report.error(at('devices', i, 'StreamID'), 'duplicate', `StreamID ${hex(BigInt(device.StreamID))} is already taken`);
  });
  for (const vm of Object.keys(guest)) {
    if (!vms.includes(vm)) report.error({ document: 'guest', path: [vm], key: true }, 'unknown-vm', `there is no VM ${vm}; ${orKnown(vm, vms, 'host.vms')}`);
  }
}

/** The StreamID in the guest: as given, or the BDF of the slot that the device has in its VM. */
function vSidOf(document: StackHostDocument, index: number): number {
  const device = document.devices[index]!;
  const slot = document.devices.slice(0, index).filter((other) => other.vm === device.vm).length + 1;
  return device.vSID ?? slot * 8;
}

function resolveDevices(document: StackHostDocument, report: Report): StackData['devices'] {
  const devices = document.devices.map(({ name, StreamID, vm, canWbs, canStall, plugged, ats, hardwareMsi }, i) => ({ name, StreamID, vm, vSID: vSidOf(document, i), canWbs, canStall, plugged, ats, hardwareMsi: hardwareMsi ?? null }));
  devices.forEach(({ vm, vSID }, i) => {
    if (devices.findIndex((other) => other.vm === vm && other.vSID === vSID) < i) report.error(at('devices', i), 'duplicate', `vSID ${hex(BigInt(vSID))} is already taken in ${vm}`);
  });
  return devices;
}

/** The host as every lab has it, and the stack on it. */
export function resolveStackHost(document: StackHostDocument, guest: StackGuestDocument, report: Report): { readonly host: HostData; readonly data: StackData } {
  const { smmu, title, memory, kernel } = document;
  const streamTable = { format: 'linear' as const, log2size: undefined, split: 8 };
  const commandQueue = { log2size: smmu.commandQueue.log2size ?? LOG2_COMMANDS };
  const { host, features } = resolveHost({ title, memory, vms: [], devices: [], smmu: { ...smmu, commandQueue, streamTable, priQueue: {}, ATSCHK: true, CR1: {}, CR2: {} } }, report);
  if (!features.s1p || !features.s2p) report.error(at('smmu'), 'unsupported', 'nesting needs both stages (IDR0.S1P, IDR0.S2P)');
  if (!features.twoLevelStreamTable && features.sidSize > 16) report.error(at('smmu'), 'unsupported', `a linear stream table for ${features.sidSize}-bit StreamIDs is too large for the driver (IDR0.ST_LEVEL, IDR1.SIDSIZE)`);
  if (memory.length === 0 || memory[0]!.size < 2n * HEAP_BYTES) report.error(at('memory'), 'out-of-range', `the first memory has at least ${(2n * HEAP_BYTES) >> 20n}M: the host's kernel keeps ${HEAP_BYTES >> 20n}M of it`);
  if (memory.length > 0 && memory[0]!.base % (2n << 20n) !== 0n) report.error(at('memory'), 'misaligned', 'the first memory starts at a multiple of 2M');
  checkNames(document, guest, report);
  const data: StackData = {
    uapi: uapiOf(document, report),
    vmm: document.vmm,
    kernel: { vhe: kernel.vhe, pageSize: PAGE_BYTES[kernel.pageSize], disableBypass: kernel.disableBypass },
    vms: memory.length === 0 ? [] : document.vms.map((vm, i) => resolveVm(vm, i, document, guest, features, report)),
    devices: resolveDevices(document, report),
  };
  const devices = data.devices.map(({ name, StreamID, vm }) => ({ name, StreamID, vm, Config: 'nested' as const, stalls: false, ats: null, ste: {}, context: null }));
  return { host: { ...host, devices }, data };
}
