/** Registers of the physical SMMU and of the virtual ones, by name (IHI 0070 6.2, 6.3). */
import { hex } from '../../../model/base/address.ts';
import { decodeFields } from '../../../formats/words/decoded.ts';
import type { RegisterFile } from '../../../model/smmu/registers/register-file.ts';
import { REGISTERS } from '../../../model/spec/index.ts';
import type { RegisterDef } from '../../../model/spec/index.ts';
import type { LookingParams, LookingResult } from '../../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../../protocol/errors.ts';
import { toField } from '../../rows/field.ts';
import type { Subject } from './subject.ts';

const wordsOf = (registers: RegisterFile, { offset, bits }: RegisterDef): Uint32Array =>
  Uint32Array.from(bits === 64 ? [registers.peek(offset), registers.peek(offset + 4)] : [registers.peek(offset)]);

const valueOf = (words: Uint32Array): string => hex((BigInt(words[1] ?? 0) << 32n) | BigInt(words[0]!));

function fileOf({ smmu, bench }: Subject, machine: string): RegisterFile {
  const file = machine === '' ? smmu.registers : bench?.stack.vms.get(machine)?.vmm.smmu.registers;
  if (file === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `there is no virtual SMMU of ${JSON.stringify(machine)}` });
  return file;
}

export function registerList(subject: Subject, { machine }: LookingParams<'registers.list'>): LookingResult<'registers.list'> {
  const file = fileOf(subject, machine);
  const machines = [{ id: '', title: 'the SMMU' }, ...[...(subject.bench?.stack.vms.keys() ?? [])].map((vm) => ({ id: vm, title: `SMMU of ${vm}` }))];
  return { machines, values: [...REGISTERS.values()].map((register) => ({ name: register.id, value: valueOf(wordsOf(file, register)) })) };
}

export function registerRead(subject: Subject, { machine, name }: LookingParams<'registers.read'>): LookingResult<'registers.read'> {
  const register = REGISTERS.get(name);
  if (register === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `there is no register ${JSON.stringify(name)}` });
  const words = wordsOf(fileOf(subject, machine), register);
  // Fields are bits of a 64-bit word.
  return { value: valueOf(words), fields: decodeFields(register, Uint32Array.from([words[0]!, words[1] ?? 0]), { guests: machine !== '' }).map(toField) };
}
