/** A lab as a QEMU is asked to do it, and the verdicts on what it answers. */
import { caseOfLab } from '../../formats/qemu-cases/case-of-lab.ts';
import type { LabCase } from '../../formats/qemu-cases/case-of-lab.ts';
import { CASE_RAM } from '../../formats/qemu-cases/case.ts';
import type { AskedCase } from '../../formats/qemu-cases/case.ts';
import { ModelAnswers } from '../../formats/qemu-cases/difference.ts';
import type { Judged } from '../../formats/qemu-cases/difference.ts';
import type { Answer } from '../../formats/qemu-cases/run-case.ts';
import { parseLab } from '../../formats/lab/index.ts';
import { PhysicalMemory } from '../../model/memory/physical-memory.ts';
import type { Documents, UapiName } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import { labOf } from './reasons-search.ts';

export function qemuCase(documents: Documents, uapi: UapiName | null): LabCase {
  const lab = labOf({ documents, uapi, profile: undefined });
  if (lab === null) throw new RpcError({ code: RPC_CODES.badDocument, message: 'the documents have errors', problems: [...parseLab(documents).problems] });
  const made = caseOfLab(lab);
  if (!made.ok) throw new RpcError({ code: made.error.code, message: made.error.message, at: { ...made.error.at } });
  return made.value;
}

export function judgement(one: AskedCase, ramBytes: bigint, live: readonly Answer[]): Judged[] {
  const memory = new PhysicalMemory([{ base: CASE_RAM.base, size: ramBytes }]);
  try {
    return new ModelAnswers(memory).judge(one, live);
  } finally {
    memory.release();
  }
}
