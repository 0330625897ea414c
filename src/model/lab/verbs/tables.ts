/** Edits of translation tables in memory. No invalidation comes with them: that is the software's own business. */
import { hex } from '../../base/address.ts';
import { assert } from '../../base/assert.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import type { MapInput, UnmapInput } from '../data.ts';
import type { Machine } from '../machine.ts';
import { stage1Of } from '../stream.ts';
import type { Stage1 } from '../stream.ts';
import type { Vm } from '../vm.ts';
import { streamOf } from './dma.ts';
import { done } from './verb.ts';
import type { Done, Verb } from './verb.ts';

export function vmOf(machine: Machine, name: string): Vm {
  const vm = machine.vms.get(name);
  assert(vm !== undefined, `the lab has a VM ${name}`);
  return vm;
}

function contextOf(machine: Machine, device: string, ssid: number): Stage1 {
  const stage1 = stage1Of(streamOf(machine, device), ssid);
  assert(stage1 !== null, `${device} has a stage 1`);
  return stage1;
}

function map(machine: Machine, input: MapInput): Result<Done> {
  if (input.stage === 2) {
    const { entry } = input;
    const mapped = vmOf(machine, input.vm).map(entry);
    return mapped.ok ? ok(done(`host maps IPA ${hex(entry.ipa)} of ${input.vm} to PA ${hex(mapped.value)}, ${hex(entry.size)} bytes`)) : mapped;
  }
  const { entry, device, ssid } = input;
  const mapped = contextOf(machine, device, ssid).map(entry);
  return mapped.ok ? ok(done(`${ownerOf(machine, device)} maps IOVA ${hex(entry.iova)} of ${device}${substream(ssid)} to ${hex(entry.output)}, ${hex(entry.size)} bytes`)) : mapped;
}

function unmap(machine: Machine, input: UnmapInput): Result<Done> {
  const { address, size } = input;
  const removed = input.stage === 2 ? vmOf(machine, input.vm).unmap(address, size) : contextOf(machine, input.device, input.ssid).unmap(address, size);
  if (!removed.ok) return removed;
  const what = input.stage === 2 ? `IPA ${hex(address)} of ${input.vm}` : `IOVA ${hex(address)} of ${input.device}${substream(input.ssid)}`;
  if (removed.value === 0n) return fail('not-mapped', `nothing is mapped at ${what}, ${hex(size)} bytes`);
  const who = input.stage === 2 ? 'host' : ownerOf(machine, input.device);
  return ok(done(`${who} unmaps ${what}, ${hex(removed.value)} bytes`));
}

const substream = (ssid: number): string => (ssid === 0 ? '' : ` SubstreamID ${hex(ssid)}`);

const ownerOf = (machine: Machine, device: string): string => {
  const { vm } = streamOf(machine, device).data;
  return vm === null ? 'host' : `guest ${vm}`;
};

export const mapVerb: Verb<'map'> = {
  name: 'map',
  doc: 'The host maps IPAs of a VM at stage 2, or the owner of a stage 1 maps IOVAs of a device; descriptors change in memory, caches keep what they hold.',
  execute: map,
};

export const unmapVerb: Verb<'unmap'> = {
  name: 'unmap',
  doc: 'The host takes IPAs from a VM at stage 2, or the owner of a stage 1 unmaps IOVAs of a device; blocks are split as needed, caches keep what they hold.',
  execute: unmap,
};
