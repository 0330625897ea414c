/** Address translation operations: software asks the SMMU what an address translates to (IHI 0070 chapter 9). */
import { hex } from '../../base/address.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { ATOS_FAULT, decode, eventName, fieldOf } from '../../spec/index.ts';
import { pageOf, parText } from '../../trace/queue-text.ts';
import type { AtosInput } from '../data.ts';
import type { Machine } from '../machine.ts';
import { streamOf } from './dma.ts';
import { vmOf } from './tables.ts';
import { differ, done } from './verb.ts';
import type { Done, Verb } from './verb.ts';

const TYPES = { 'stage-1': 1n, 'stage-2': 2n, both: 3n } as const;
const VATOS = { CTRL: 0xa00, SID: 0xa08, ADDR: 0xa10, PAR: 0xa18 };

/** Offsets of the registers that the operation goes through. */
function registersOf(machine: Machine, vm: string | null): typeof VATOS {
  if (vm === null) return { CTRL: 0x100, SID: 0x108, ADDR: 0x110, PAR: 0x118 };
  const page = 0x20000 + machine.smmu.features.vatosPage * 0x10000;
  return { CTRL: page + VATOS.CTRL, SID: page + VATOS.SID, ADDR: page + VATOS.ADDR, PAR: page + VATOS.PAR };
}

function parOf(machine: Machine, input: AtosInput): bigint {
  const { smmu } = machine;
  const { ssid, stages, access, privileged, httu, address, vatos } = input;
  const at = registersOf(machine, vatos);
  const sid = BigInt(streamOf(machine, input.device).data.StreamID);
  if (vatos !== null) machine.registers.write('VATOS_SEL', BigInt(vmOf(machine, vatos).data.vmid));
  smmu.write64(at.SID, sid | (ssid === null ? 0n : (1n << 52n) | (BigInt(ssid) << 32n)));
  const flags = (access === 'write' ? 0n : 1n << 8n) | (access === 'execute' ? 1n << 7n : 0n) | (privileged ? 1n << 9n : 0n) | (httu ? 0n : 1n << 6n);
  smmu.write64(at.ADDR, (address & ~0xfffn) | (TYPES[stages] << 10n) | flags);
  smmu.write32(at.CTRL, 1);
  return smmu.read64(at.PAR);
}

const FAULTS = fieldOf(ATOS_FAULT, 'FAULTCODE')?.values ?? {};
const REASONS = fieldOf(ATOS_FAULT, 'REASON')?.values ?? {};

function atos(machine: Machine, input: AtosInput): Result<Done> {
  const { features } = machine.smmu;
  if (!features.atos || (input.vatos !== null && !features.vatos)) return fail('unsupported', `this SMMU has no ${input.vatos === null ? 'ATOS (IDR0.ATOS)' : 'VATOS (IDR0.VATOS)'}: its registers are RES0`);
  const value = parOf(machine, input);
  const words = Uint32Array.of(Number(value & 0xffff_ffffn), Number(value >> 32n));
  const faulted = (words[0]! & 1) === 1;
  const { FAULTCODE, REASON, FADDR } = decode(ATOS_FAULT, words, 0);
  const { base, size } = pageOf(words);
  const got = {
    address: faulted ? 'none' : hex(base | (input.address & (size - 1n))),
    size: faulted ? 'none' : hex(size),
    fault: faulted ? (FAULTS[Number(FAULTCODE)]?.[0] ?? eventName(Number(FAULTCODE))) : 'none',
    reason: faulted ? (REASONS[Number(REASON)]?.[0] ?? String(REASON)) : 'none',
    ipa: faulted ? hex(BigInt(FADDR ?? 0)) : 'none',
  };
  const { expect } = input;
  const wanted = expect === null ? [] : Object.entries(expect).filter((entry): entry is [keyof typeof got, string | bigint] => entry[1] !== undefined);
  const differences = expect === null ? null : wanted.flatMap(([name, want]) => differ(name, typeof want === 'bigint' ? hex(want) : want, got[name]));
  return ok(done(`${input.device} ${input.stages} of ${hex(input.address)}: ${parText(words)}`, { differences, details: [{ name: 'PAR', value: hex(value) }] }));
}

export const atosVerb: Verb<'atos'> = {
  name: 'atos',
  doc: 'The host asks the SMMU what an address of a device translates to, with GATOS; with `vatos`, a VM asks for its own.',
  execute: atos,
};
