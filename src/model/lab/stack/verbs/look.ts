/** Memory written and read, and what the kernels and the SMMU hold. */
import { fromWords, hex } from '../../../base/address.ts';
import { fail, ok } from '../../../base/result.ts';
import type { Result } from '../../../base/result.ts';
import { SCOPE } from '../../../smmu/tlb/contexts.ts';
import { META, META_WORDS } from '../../../smmu/tlb/tlb.ts';
import { CD, decode, STE } from '../../../spec/index.ts';
import type { RecordDef } from '../../../spec/index.ts';
import { wordsOf } from '../../configuration.ts';
import type { MemoryPlace } from '../../data.ts';
import { bytesText } from '../../verbs/verb.ts';
import type { StackBench } from '../bench.ts';
import type { StackInspection } from '../data.ts';
import type { StackDone, StackVerb } from '../verb.ts';
import { guestRecord } from './guest.ts';

const memoryOf = ({ stack, memory }: StackBench, place: MemoryPlace) => (place.space === 'pa' ? memory : stack.vm(place.vm).ram);
const placeText = (place: MemoryPlace): string => (place.space === 'pa' ? `PA ${hex(place.address)}` : `IPA ${hex(place.address)} of ${place.vm}`);
const unreachable = (place: MemoryPlace) => fail('not-mapped', `${placeText(place)} cannot be reached: no memory is there`);

export const writeVerb: StackVerb<'write'> = {
  name: 'write',
  doc: 'Software writes bytes at a PA, or at an IPA of a VM.',
  execute(bench, { place, bytes }) {
    if (!memoryOf(bench, place).writeBytes(place.address, Uint8Array.from(bytes))) return unreachable(place);
    return ok({ text: `wrote ${bytesText(bytes.slice(0, 16))} at ${placeText(place)}` });
  },
};

export const readVerb: StackVerb<'read'> = {
  name: 'read',
  doc: 'Software reads bytes at a PA, or at an IPA of a VM.',
  execute(bench, { place, length }) {
    const bytes = memoryOf(bench, place).readBytes(place.address, length);
    return bytes === null ? unreachable(place) : ok({ text: `read ${bytesText(bytes.subarray(0, 16))} at ${placeText(place)}`, bytes });
  },
};

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
  const { tlb, contexts } = bench.smmu.core;
  const vmid = vmidOf(bench, device);
  const live = Array.from({ length: tlb.entries }, (_, i) => i).filter((entry) => tlb.live(contexts, entry));
  const all = live.map((entry) => contexts.at(tlb.meta[entry * META_WORDS + META.CONTEXT]!));
  const mine = all.filter((context) => context.vmid === vmid);
  const combined = mine.filter((context) => context.scope !== SCOPE.STAGE2);
  return {
    text: `the TLB holds ${combined.length} entries of address spaces of VMID ${vmid}, ${mine.length - combined.length} of its stage 2 alone`,
    fields: { entries: BigInt(combined.length), stage2: BigInt(mine.length - combined.length), all: BigInt(all.length) },
    details: combined.map(({ asid, scope }) => ({ name: 'entry', value: scope === SCOPE.GLOBAL ? `VMID ${vmid}, global` : `VMID ${vmid}, ASID ${asid}` })),
  };
}

function inspect(bench: StackBench, what: StackInspection, device: string): Result<StackDone> {
  switch (what) {
    case 'domain':
      return ok(inspectDomain(bench, device));
    case 'tlb':
      return ok(inspectTlb(bench, device));
    case 'faults': {
      const entries = bench.stack.vmOf(device).vmm.pending(device);
      return ok({ text: `${entries} faults of ${device} wait for the VMM`, fields: { entries: BigInt(entries) } });
    }
    default:
      return inspectRecord(bench, what, device);
  }
}

export const inspectVerb: StackVerb<'inspect'> = {
  name: 'inspect',
  doc: "Shows the host's STE, the guest's STE or CD, the domain with its IDs, the fault ring or the TLB of a device; touches nothing.",
  execute: (bench, { what, device }) => inspect(bench, what, device),
};
