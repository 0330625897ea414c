/** Memory and registers, written and read. */
import { hex, hexBytes } from '../../../base/address.ts';
import { fail, ok } from '../../../base/result.ts';
import { RegisterPort } from '../../../smmu/register-port.ts';
import type { MemoryPlace } from '../../data.ts';
import type { StackBench } from '../bench.ts';
import type { StackVerb } from '../verb.ts';

const memoryOf = ({ stack, memory }: StackBench, place: MemoryPlace) => (place.space === 'pa' ? memory : stack.vm(place.vm).ram);
const placeText = (place: MemoryPlace): string => (place.space === 'pa' ? `PA ${hex(place.address)}` : `IPA ${hex(place.address)} of ${place.vm}`);
const unreachable = (place: MemoryPlace) => fail('not-mapped', `${placeText(place)} cannot be reached: no memory is there`);

export const writeVerb: StackVerb<'write'> = {
  name: 'write',
  doc: 'Software writes bytes at a PA, or at an IPA of a VM.',
  execute(bench, { place, bytes }) {
    if (!memoryOf(bench, place).writeBytes(place.address, Uint8Array.from(bytes))) return unreachable(place);
    return ok({ text: `wrote ${hexBytes(bytes.slice(0, 16))} at ${placeText(place)}` });
  },
};

export const readVerb: StackVerb<'read'> = {
  name: 'read',
  doc: 'Software reads bytes at a PA, or at an IPA of a VM.',
  execute(bench, { place, length }) {
    const bytes = memoryOf(bench, place).readBytes(place.address, length);
    return bytes === null ? unreachable(place) : ok({ text: `read ${hexBytes(bytes.subarray(0, 16))} at ${placeText(place)}`, bytes });
  },
};

export const registerVerb: StackVerb<'register'> = {
  name: 'register',
  doc: "A guest writes or reads a register of its virtual SMMU, or without `vm` the host one of the SMMU, past its driver.",
  execute({ stack, smmu }, { vm, name, value }) {
    const port = new RegisterPort(vm === null ? smmu : stack.vm(vm).vmm.smmu);
    const whose = vm === null ? 'the SMMU' : `the SMMU of ${vm}`;
    if (value !== null) port.write(name, value);
    const now = port.read(name);
    return ok({ text: value === null ? `${name} of ${whose} is ${hex(now)}` : `wrote ${name} of ${whose} = ${hex(value)}; it reads ${hex(now)}`, fields: { value: now } });
  },
};
