/** Raw accesses of software: memory by PA or by IPA of a VM, registers by name. */
import { hex, hexBytes } from '../../base/address.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import type { MemoryPlace, ReadInput, RegisterInput, WriteInput } from '../data.ts';
import type { Machine } from '../machine.ts';
import type { OwnedMemory } from '../owned-memory.ts';
import { vmOf } from './tables.ts';
import { differ, done } from './verb.ts';
import type { Done, Verb } from './verb.ts';

const memoryOf = (machine: Machine, place: MemoryPlace): OwnedMemory => (place.space === 'pa' ? machine.hostMemory : vmOf(machine, place.vm).memory);

const placeText = (place: MemoryPlace): string => (place.space === 'pa' ? `PA ${hex(place.address)}` : `IPA ${hex(place.address)} of ${place.vm}`);

const unreachable = (place: MemoryPlace) => fail('not-mapped', `${placeText(place)} cannot be reached: no memory is mapped there`);

function write(machine: Machine, { place, bytes }: WriteInput): Result<Done> {
  if (!memoryOf(machine, place).writeBytes(place.address, Uint8Array.from(bytes))) return unreachable(place);
  return ok(done(`wrote ${hexBytes(bytes.slice(0, 16))}${bytes.length > 16 ? '...' : ''} at ${placeText(place)}`));
}

function read(machine: Machine, { place, length, expect }: ReadInput): Result<Done> {
  const bytes = memoryOf(machine, place).readBytes(place.address, length);
  if (bytes === null) return unreachable(place);
  const text = hexBytes(bytes);
  const differences = expect === null ? null : differ('bytes', hexBytes(expect.bytes), text.slice(0, expect.bytes.length * 2));
  return ok(done(`read ${text.slice(0, 32)}${length > 16 ? '...' : ''} at ${placeText(place)}`, { differences, details: [{ name: 'bytes', value: text }] }));
}

function register(machine: Machine, { name, value, expect }: RegisterInput): Result<Done> {
  if (value !== null) {
    machine.registers.write(name, value);
    const now = machine.registers.read(name);
    const kept = now === value ? '' : `; it reads ${hex(now)}`;
    return ok(done(`wrote ${name} = ${hex(value)}${kept}`));
  }
  const got = machine.registers.read(name);
  return ok(done(`${name} is ${hex(got)}`, { differences: expect === null ? null : differ(name, hex(expect.value), hex(got)) }));
}

export const writeVerb: Verb<'write'> = { name: 'write', doc: 'Software writes bytes at a PA, or at an IPA of a VM.', execute: write };
export const readVerb: Verb<'read'> = { name: 'read', doc: 'Software reads bytes at a PA, or at an IPA of a VM.', execute: read };
export const registerVerb: Verb<'register'> = { name: 'register', doc: 'The host writes a register of the SMMU, or reads it.', execute: register };
