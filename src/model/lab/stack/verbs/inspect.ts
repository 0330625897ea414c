/** What the kernels, the VMM and the SMMU hold; looking touches nothing. */
import { fromWords, hex } from '../../../base/address.ts';
import { assert } from '../../../base/assert.ts';
import { fail, ok } from '../../../base/result.ts';
import type { Result } from '../../../base/result.ts';
import { SCOPE } from '../../../smmu/tlb/contexts.ts';
import { CD, decode, STE } from '../../../spec/index.ts';
import type { RecordDef } from '../../../spec/index.ts';
import { COMMON_INSPECTIONS } from '../../access-data.ts';
import type { CommonInspection } from '../../access-data.ts';
import { wordsOf } from '../../configuration.ts';
import { contextText, tlbEntries } from '../../inspect/caches.ts';
import { inspectCommon } from '../../inspect/index.ts';
import type { View } from '../../inspect/index.ts';
import { inspectQueues, inspectRegisters } from '../../inspect/queues.ts';
import { rows } from '../../inspect/view.ts';
import { structureRow } from '../../layout.ts';
import type { StackBench } from '../bench.ts';
import type { StackInspectInput } from '../data.ts';
import type { StackDone, StackVerb } from '../verb.ts';
import { inspectAllocators, inspectFaults, inspectStalled } from './inspect-host.ts';
import { guestRecord } from './guest.ts';

/** Fields that are not 0, and the first four words as 64 bits. */
function record(text: string, of: RecordDef, bytes: Uint8Array): StackDone {
  const raw = wordsOf(bytes);
  const fields = Object.fromEntries(Object.entries(decode(of, raw, 0)).map(([name, value]) => [name, BigInt(value)]));
  const words = [0, 2, 4, 6].map((at) => fromWords(raw[at + 1]!, raw[at]!));
  const shown = Object.entries(fields).filter(([, value]) => value !== 0n).map(([name, value]) => ({ name, value: hex(value) }));
  return { text: `${text}: ${words.map((word) => word.toString(16).padStart(16, '0')).join(' ')}`, fields, words, details: shown };
}

function inspectRecord(bench: StackBench, what: 'STE' | 'guestSTE' | 'CD', device: string): Result<StackDone> {
  const { stack, memory } = bench;
  if (what === 'STE') {
    const pa = stack.host.driver.smmu.strtab.steOf(stack.device(device).StreamID);
    return ok(record(`STE of ${device} at PA ${hex(pa)}, the host's`, STE, memory.readBytes(pa, STE.bytes)!));
  }
  const ipa = guestRecord(bench, device, what === 'CD' ? 'CD' : 'STE');
  const of = what === 'CD' ? CD : STE;
  const bytes = ipa === null ? null : stack.vmOf(device).ram.readBytes(ipa, of.bytes);
  if (ipa === null || bytes === null) return fail('no-record', `the guest has no ${of.id} of ${device}`);
  return ok(record(`${of.id} of ${device} at IPA ${hex(ipa)}, the guest's`, of, bytes));
}

const vmidOf = ({ stack }: StackBench, device: string): number => stack.vmOf(device).vmm.domainOf(device)?.s2.vmid ?? 0;

function inspectDomain(bench: StackBench, device: string): StackDone {
  const { vmids, asids } = bench.stack.host.driver.smmu;
  const domain = bench.stack.vmOf(device).vmm.domainOf(device);
  const fields = { VMID: BigInt(vmidOf(bench, device)), S2TTB: domain?.s2.vttbr ?? 0n, devices: BigInt(domain?.masters.length ?? 0), VMIDs: BigInt(vmids.used.length), ASIDs: BigInt(asids.used.length) };
  const details = [{ name: 'VMIDs in use', value: vmids.used.join(', ') }, { name: 'ASIDs of the host in use', value: asids.used.join(', ') || 'none' }];
  return { text: `stage 2 of ${device} is ${domain?.stage ?? 'none'} with VMID ${vmidOf(bench, device)}`, fields, details };
}

/** Entries of the VMID of the device: those of its address spaces, and those of stage 2 alone. */
function inspectTlb(bench: StackBench, device: string): StackDone {
  const vmid = vmidOf(bench, device);
  const all = tlbEntries(bench.smmu.core);
  const mine = all.filter(({ context }) => context.vmid === vmid);
  const combined = mine.filter(({ context }) => context.scope !== SCOPE.STAGE2);
  return {
    text: `the TLB holds ${combined.length} entries of address spaces of VMID ${vmid}, ${mine.length - combined.length} of its stage 2 alone`,
    fields: { entries: BigInt(combined.length), stage2: BigInt(mine.length - combined.length), all: BigInt(all.length) },
    details: rows(combined.map(({ context, input, size, output, origin }) => ({ name: 'entry', value: `${contextText(context)}: ${hex(input)}, ${hex(size)} bytes -> ${hex(output)}; from transaction ${origin}` }))),
  };
}

const viewOf = ({ stack, smmu, memory }: StackBench): View => ({
  smmu,
  memory,
  stream(device) {
    const sid = stack.device(device).StreamID;
    return { device, sid, ste: stack.host.driver.smmu.strtab.steOf(sid), toPa: (ipa) => stack.vmOf(device).ram.toPa(ipa) };
  },
});

function inspectDevice(bench: StackBench, what: StackInspectInput['what'], device: string): Result<StackDone> {
  switch (what) {
    case 'domain':
      return ok(inspectDomain(bench, device));
    case 'tlb':
      return ok(inspectTlb(bench, device));
    case 'faults':
      return ok(inspectFaults(bench, device));
    default:
      assert(what === 'STE' || what === 'guestSTE' || what === 'CD', 'the rest is of no device');
      return inspectRecord(bench, what, device);
  }
}

function inspectVm({ stack }: StackBench, what: StackInspectInput['what'], name: string): StackDone {
  const { vmm, ram } = stack.vm(name);
  const { registers } = vmm.smmu;
  const whose = `the SMMU of ${name}`;
  return what === 'guestQueues' ? inspectQueues(whose, registers, (address, bytes) => ram.readBytes(address, bytes)) : inspectRegisters(whose, registers);
}

const isCommon = (input: StackInspectInput): input is StackInspectInput & CommonInspection => COMMON_INSPECTIONS.some((one) => one === input.what);

function inspect(bench: StackBench, input: StackInspectInput): Result<StackDone> {
  const { what, device, vm } = input;
  if (isCommon(input)) return inspectCommon(viewOf(bench), input);
  if (device !== null) return inspectDevice(bench, what, device);
  if (vm !== null) return ok(inspectVm(bench, what, vm));
  if (what === 'allocators') return ok(inspectAllocators(bench));
  if (what === 'stalled') return ok(inspectStalled(bench));
  const structures = bench.structures();
  return ok({ text: `${structures.length} structures in memory`, details: structures.map(structureRow), fields: { structures: BigInt(structures.length) } });
}

export const inspectVerb: StackVerb<'inspect'> = {
  name: 'inspect',
  doc: "Shows the host's STE, the guest's STE or CD, what a stage maps, a walk, domains, caches, queues, fault rings, what is stalled, registers, allocators, or what lies where; touches nothing.",
  execute: inspect,
};
