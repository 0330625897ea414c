/** From the host's document to data: defaults resolved, references and limits checked against the SMMU's features. */
import { hex, ipa, pa } from '../../model/base/address.ts';
import type { ContextData, DeviceData, HostData, SmmuData, Stage2Data, VmData } from '../../model/lab/data.ts';
import { s2sl0, stage2LevelsFor } from '../../model/lab/geometry.ts';
import { idRegisters, planHost } from '../../model/lab/plan.ts';
import { decodeFeatures, PRESETS } from '../../model/spec/index.ts';
import type { Features } from '../../model/spec/index.ts';
import { checkIdentity, registersOf } from './check-features.ts';
import { alignedText, below, checkAlignment, checkGranule, checkOverlap, inside } from './check-map.ts';
import { hostContext } from './check-stage1.ts';
import type { HostDocument } from './host-schema.ts';
import { parsePath } from './problem.ts';
import type { Report, Where } from './report.ts';

const HOST: Where = { document: 'host', path: [] };
const at = (...path: (string | number)[]): Where => below(HOST, ...path);

const TLB_WAYS = 4;

/** The SMMU's data: sizes that are not given are the usual ones, or what the features allow. */
function smmuData({ devices, smmu: { ATSCHK, priQueue, features: fields, ...smmu } }: HostDocument, features: Features): SmmuData {
  const { split, format, log2size = Math.min(8, features.sidSize) } = smmu.streamTable;
  const pages = devices.some((device) => device.ats?.pri !== undefined);
  const ats = { ATSCHK, priQueue: pages ? { log2size: priQueue.log2size ?? Math.min(7, features.priqs) } : null };
  return {
    ...smmu,
    ats: devices.some((device) => device.ats !== undefined) ? ats : null,
    registers: registersOf({ ...smmu, features: fields }),
    choices: given(smmu.choices),
    streamTable: { format, log2size, split: split === 6 || split === 10 ? split : 8 },
    commandQueue: { log2size: smmu.commandQueue.log2size ?? Math.min(7, features.cmdqs) },
    eventQueue: { log2size: smmu.eventQueue.log2size ?? Math.min(7, features.eventqs) },
  };
}

function checkSmmu({ smmu: document }: HostDocument, smmu: SmmuData, features: Features, report: Report): void {
  const { streamTable } = smmu;
  const { split } = document.streamTable;
  const place = (...keys: string[]): Where => at('smmu', ...keys);
  if (streamTable.log2size > features.sidSize) {
    report.error(place('streamTable', 'log2size'), 'out-of-range', `StreamIDs of this SMMU have ${features.sidSize} bits (IDR1.SIDSIZE); log2size can be at most that`);
  }
  if (streamTable.format === 'two-level' && !features.twoLevelStreamTable) {
    report.error(place('streamTable', 'format'), 'unsupported', 'this SMMU has only linear stream tables (IDR0.ST_LEVEL)');
  }
  if (![6, 8, 10].includes(split)) report.error(place('streamTable', 'split'), 'bad-value', `split can be 6, 8 or 10; got ${split}`);
  if (smmu.commandQueue.log2size > features.cmdqs) report.error(place('commandQueue', 'log2size'), 'out-of-range', `the command queue has at most 2^${features.cmdqs} entries (IDR1.CMDQS)`);
  if (smmu.eventQueue.log2size > features.eventqs) report.error(place('eventQueue', 'log2size'), 'out-of-range', `the event queue has at most 2^${features.eventqs} entries (IDR1.EVENTQS)`);
  const pages = smmu.ats?.priQueue ?? null;
  if (pages !== null && pages.log2size > features.priqs) report.error(place('priQueue', 'log2size'), 'out-of-range', `the PRI queue has at most 2^${features.priqs} entries (IDR1.PRIQS)`);
  for (const [name, entries] of Object.entries(smmu.caches)) {
    if ((entries & (entries - 1)) !== 0) report.error(place('caches', name), 'bad-value', `a cache has a power of two of entries, or 0 for none; got ${entries}`);
    else if (name === 'tlb' && entries > 0 && entries < TLB_WAYS) report.error(place('caches', name), 'bad-value', `the TLB has ${TLB_WAYS} ways: 0 for none, or a power of two of at least ${TLB_WAYS} entries; got ${entries}`);
  }
}

function checkMemory({ memory }: HostDocument, features: Features, report: Report): void {
  memory.forEach(({ base, size }, i) => {
    if (base % 4096n !== 0n) report.error(at('memory', i, 'base'), 'misaligned', `memory starts at a multiple of 4K; got ${hex(base)}`, alignedText('base', base, 4096n));
    if (size % 4096n !== 0n) report.error(at('memory', i, 'size'), 'misaligned', `memory is made of whole 4K pages; got ${hex(size)}`, alignedText('size', size, 4096n));
    if (base + size > 1n << BigInt(features.oas)) {
      report.error(at('memory', i, 'size'), 'out-of-range', `memory ends at ${hex(base + size)}, beyond the ${features.oas} bits that the SMMU puts out (IDR5.OAS)`);
    }
  });
  checkOverlap(memory, 'memory at', (i) => at('memory', i), report);
}

/** Two entries that must differ; the second is marked. */
function checkUnique<T>(items: readonly T[], key: (item: T) => string | number, where: (index: number) => Where, what: string, report: Report): void {
  const seen = new Map<string | number, number>();
  items.forEach((item, i) => {
    const first = seen.get(key(item));
    if (first !== undefined) report.error(where(i), 'duplicate', `${what} ${key(item)} is already that of entry ${first}`);
    else seen.set(key(item), i);
  });
}

type Stage2Document = HostDocument['vms'][number]['stage2'];

/** The start level: the one asked for, or the deepest that fits, which concatenated tables make the shortest walk. */
function startLevelOf(stage2: Stage2Document & { readonly ipaBits: number }, features: Features, where: Where, report: Report): number {
  const { granule, ipaBits, startLevel } = stage2;
  const least = features.stt ? (granule === '64K' ? 17 : 16) : 25;
  if (ipaBits < least || ipaBits > features.ias) {
    report.error(below(where, 'ipaBits'), 'out-of-range', `IPAs of this SMMU have ${least} to ${features.ias} bits (64 - S2T0SZ; IDR5.OAS); got ${ipaBits}`);
    return 1;
  }
  const fitting = stage2LevelsFor(granule, ipaBits, features.stt);
  if (fitting.length === 0) report.error(below(where, 'ipaBits'), 'out-of-range', `no start level of the ${granule} granule resolves ${ipaBits} bits at stage 2 (STE.S2SL0)`);
  else if (startLevel !== undefined && !fitting.includes(startLevel)) {
    const message = `with ${ipaBits} bits and the ${granule} granule, stage 2 can start at level ${fitting.join(' or ')}; got ${startLevel}`;
    report.error(below(where, 'startLevel'), 'out-of-range', message);
  }
  const chosen = startLevel ?? fitting[0] ?? 1;
  const needed = granule === '16K' ? 42 : 44;
  if (s2sl0(granule, chosen) === 2 && features.oas < needed) {
    report.error(below(where, 'ipaBits'), 'out-of-range', `starting at level ${chosen} with the ${granule} granule needs ${needed}-bit PAs; IDR5.OAS gives ${features.oas}`);
  }
  return chosen;
}

function resolveStage2(document: Stage2Document, host: HostDocument, features: Features, where: Where, report: Report): Stage2Data {
  const stage2 = { ...document, ipaBits: document.ipaBits ?? Math.min(40, features.ias) };
  checkGranule(stage2.granule, features, below(where, 'granule'), report);
  const startLevel = startLevelOf(stage2, features, where, report);
  stage2.map.forEach((entry, i) => {
    const here = below(where, 'map', i);
    checkAlignment(stage2.granule, entry.block, { ipa: entry.ipa, pa: entry.pa ?? null, size: entry.size }, here, report);
    if (entry.ipa + entry.size > 1n << BigInt(stage2.ipaBits)) {
      report.error(below(here, 'ipa'), 'out-of-range', `IPA ${hex(entry.ipa)} to ${hex(entry.ipa + entry.size - 1n)} does not fit into ${stage2.ipaBits} bits (ipaBits)`);
    }
    if (entry.pa !== undefined && !inside(host.memory, entry.pa, entry.size)) {
      report.error(below(here, 'pa'), 'outside-memory', `PA ${hex(entry.pa)} to ${hex(entry.pa + entry.size - 1n)} is not all inside host.memory`);
    }
  });
  checkOverlap(stage2.map.map(({ ipa: base, size }) => ({ base, size })), 'IPA', (i) => below(where, 'map', i, 'ipa'), report);
  const { granule, ipaBits, map, startLevel: _asked, ...rest } = stage2;
  const fields = Object.fromEntries(Object.entries(rest).filter((entry): entry is [string, bigint] => typeof entry[1] === 'bigint'));
  return {
    granule,
    ipaBits,
    startLevel,
    fields,
    map: map.map((entry) => ({ ...entry, ipa: ipa(entry.ipa), pa: entry.pa === undefined ? null : pa(entry.pa) })),
  };
}

function resolveVm(vm: HostDocument['vms'][number], index: number, host: HostDocument, features: Features, report: Report): VmData {
  const where = at('vms', index);
  if (!features.s2p) report.error(below(where, 'stage2'), 'unsupported', 'this SMMU has no stage 2 (IDR0.S2P)');
  if (!features.vmid16 && vm.vmid > 0xff) report.error(below(where, 'vmid'), 'out-of-range', `VMIDs of this SMMU have 8 bits (IDR0.VMID16); got ${hex(vm.vmid)}`);
  const twin = host.vms.findIndex((other) => other.vmid === vm.vmid);
  if (twin < index) report.warning(below(where, 'vmid'), 'shared-vmid', `${vm.name} has the VMID of ${host.vms[twin]!.name}: their TLB entries are one another's`);
  return { name: vm.name, vmid: vm.vmid, stage2: resolveStage2(vm.stage2, host, features, below(where, 'stage2'), report) };
}

type DeviceDocument = HostDocument['devices'][number];

function checkVmOfDevice(device: DeviceDocument, where: Where, host: HostDocument, report: Report): void {
  const needsVm = device.Config === 'nested' || device.Config === 's2';
  if (needsVm && device.vm === undefined) report.error(below(where, 'Config'), 'missing-key', `Config ${device.Config} needs the VM whose stage 2 is used: add vm`);
  if (!needsVm && device.vm !== undefined) report.error(below(where, 'vm'), 'unused', `Config ${device.Config} uses no stage 2: remove vm, or use Config nested or s2`);
  if (device.vm === undefined || host.vms.some((vm) => vm.name === device.vm)) return;
  const known = host.vms.map((vm) => vm.name);
  report.error(below(where, 'vm'), 'unknown-vm', `there is no VM ${device.vm}; ${known.length === 0 ? 'host.vms is empty' : `host.vms has ${known.join(', ')}`}`);
}

function contextOf(device: DeviceDocument, where: Where, host: HostDocument, features: Features, report: Report): ContextData | null {
  if (device.Config === 's1') {
    if (device.stage1 !== undefined) return hostContext({ ...device, stage1: device.stage1, cd: device.cd ?? {} }, host.memory, features, where, report);
    report.error(below(where, 'Config'), 'missing-key', 'Config s1 needs the stage 1 that the host prepares: add stage1');
    return null;
  }
  const owner = device.Config === 'nested' ? `it belongs to the guest: put it under guest.${device.vm ?? 'VM'}.devices.${device.name}` : 'this stream has no stage 1';
  for (const key of ['stage1', 'cd', 'tables', 'cdTable', 'substreams'] as const) {
    if (device[key] !== undefined) report.error({ ...below(where, key), key: true }, 'unused', `Config ${device.Config} takes no ${key} here: ${owner}`);
  }
  return null;
}

function checkAts({ ats, Config, stalls }: DeviceDocument, where: Where, features: Features, report: Report): void {
  if (ats === undefined) return;
  const refuse = (message: string, ...path: string[]): void => report.error(below(where, 'ats', ...path), 'unsupported', message);
  if (!features.ats) return refuse('this SMMU has no ATS (IDR0.ATS)');
  if (stalls) refuse('a device that uses ATS must not stall: STE.EATS and S2S exclude one another (IHI 0070 5.2)');
  if (ats.mode === 'split' && features.ns1ats) refuse('this SMMU has no split-stage ATS (IDR0.NS1ATS)', 'mode');
  if (ats.mode === 'split' && Config !== 'nested') refuse(`split-stage ATS needs both stages; Config is ${Config}`, 'mode');
  if (ats.pri !== undefined && !features.pri) refuse('this SMMU has no PRI (IDR0.PRI)', 'pri');
}

function resolveDevice(device: DeviceDocument, index: number, host: HostDocument, smmu: SmmuData, features: Features, report: Report): DeviceData {
  const where = at('devices', index);
  const { log2size } = smmu.streamTable;
  if (device.StreamID >= 2 ** log2size) {
    const message = `StreamID ${hex(device.StreamID)} lies outside the stream table of 2^${log2size} entries (smmu.streamTable.log2size${log2size === features.sidSize ? '; IDR1.SIDSIZE allows no more' : ''})`;
    report.error(below(where, 'StreamID'), 'out-of-range', message);
  }
  if (device.stalls && features.stallModel === 1) report.error(below(where, 'stalls'), 'unsupported', 'this SMMU only terminates (IDR0.STALL_MODEL 1)');
  if ((device.Config === 'nested' || device.Config === 's1') && !features.s1p) report.error(below(where, 'Config'), 'unsupported', 'this SMMU has no stage 1 (IDR0.S1P)');
  checkAts(device, where, features, report);
  checkVmOfDevice(device, where, host, report);
  const context = contextOf(device, where, host, features, report);
  return { name: device.name, StreamID: device.StreamID, vm: device.vm ?? null, Config: device.Config, stalls: device.stalls, ats: atsOf(device), ste: device.ste, context };
}

function atsOf({ ats }: DeviceDocument): DeviceData['ats'] {
  if (ats === undefined) return null;
  const { pri, ...rest } = ats;
  return { ...rest, credits: pri?.credits ?? null };
}

/** The host's data; what is wrong with it is in the report. */
export function resolveHost(document: HostDocument, report: Report): { readonly host: HostData; readonly features: Features } {
  const memory = document.memory.map(({ base, size }) => ({ base: pa(base), size }));
  const id = idRegisters({ preset: document.smmu.preset, registers: registersOf(document.smmu) });
  const features = decodeFeatures(id.ok ? id.value : PRESETS['v3.2'].id);
  const smmu = smmuData(document, features);
  checkSmmu(document, smmu, features, report);
  if (id.ok) checkIdentity(document.smmu, id.value, at('smmu'), report);
  checkMemory(document, features, report);
  checkUnique(document.vms, (vm) => vm.name, (i) => at('vms', i, 'name'), 'the name', report);
  checkUnique(document.devices, (device) => device.name, (i) => at('devices', i, 'name'), 'the name', report);
  checkUnique(document.devices, (device) => device.StreamID, (i) => at('devices', i, 'StreamID'), 'StreamID', report);
  const host: HostData = {
    title: document.title,
    smmu,
    memory,
    vms: document.vms.map((vm, i) => resolveVm(vm, i, document, features, report)),
    devices: document.devices.map((device, i) => resolveDevice(device, i, document, smmu, features, report)),
  };
  if (!report.failed) checkPlan(host, report);
  return { host, features };
}

const given = <V>(keys: Readonly<Record<string, V | undefined>>): Record<string, V> =>
  Object.fromEntries(Object.entries(keys).filter((entry): entry is [string, V] => entry[1] !== undefined));

function checkPlan(host: HostData, report: Report): void {
  const plan = planHost(host);
  if (!plan.ok) report.error({ document: 'host', path: parsePath(plan.error.at?.path ?? '').slice(1) }, plan.error.code, plan.error.message);
}

