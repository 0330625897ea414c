/** arm_smmu_gerror_handler() and arm_smmu_cmdq_skip_err(): global errors in the kernel's words (d.3, d.7). */
import { describeCommand, sync } from './commands.ts';
import { hex32, hex64 } from './kernel-log.ts';
import { print, say } from './smmu-device.ts';
import type { SmmuDevice } from './smmu-device.ts';
import type { CommandWords } from './types.ts';

const CMDQ_ERR = 1;
const SFM = 1 << 8;
const HANDLED = 0x1fd;

const CERROR_TEXT = ['No error', 'Illegal command', 'Abort on command fetch', 'ATC invalidate timeout'];
const CERROR_ILL = 1;
const CERROR_ABT = 2;

/** Active bits other than SFM and CMDQ_ERR, in the order in which the handler looks. */
const ABORTS: readonly (readonly [bit: number, level: 'warn' | 'err', text: string])[] = [
  [1 << 7, 'warn', 'GERROR MSI write aborted'],
  [1 << 6, 'warn', 'PRIQ MSI write aborted'],
  [1 << 5, 'warn', 'EVTQ MSI write aborted'],
  [1 << 4, 'warn', 'CMDQ MSI write aborted'],
  [1 << 3, 'err', 'PRIQ write aborted -- events may have been lost'],
  [1 << 2, 'err', 'EVTQ write aborted -- events may have been lost'],
];

/** Handles and acknowledges what is active; false: nothing is. */
export function handleGerror(smmu: SmmuDevice): boolean {
  const gerror = Number(smmu.registers.read('GERROR'));
  const active = gerror ^ Number(smmu.registers.read('GERRORN'));
  if ((active & HANDLED) === 0) return false;
  print(smmu, 'warn', `unexpected global error reported (${hex32(active)}), this could be serious`);
  if ((active & SFM) !== 0) {
    print(smmu, 'err', 'device has entered Service Failure Mode!');
    smmu.registers.write('CR0', 0n);
  }
  for (const [bit, level, text] of ABORTS) if ((active & bit) !== 0) print(smmu, level, text);
  if ((active & CMDQ_ERR) !== 0) skipBadCommand(smmu);
  smmu.registers.write('GERRORN', BigInt(gerror));
  return true;
}

/** A command that the SMMU calls illegal becomes a CMD_SYNC, so that the queue goes on. */
function skipBadCommand(smmu: SmmuDevice): void {
  const cons = Number(smmu.registers.read('CMDQ_CONS'));
  const code = (cons >>> 24) & 0x7f;
  print(smmu, 'err', `CMDQ error (cons ${hex32(cons)}): ${CERROR_TEXT[code] ?? 'Unknown'}`);
  if (code === CERROR_ABT) print(smmu, 'err', 'retrying command fetch');
  if (code !== CERROR_ILL) return;
  const slot = smmu.cmdq.slot(cons);
  const words: CommandWords = [smmu.memory.read64(slot) ?? 0n, smmu.memory.read64(slot + 8n) ?? 0n];
  print(smmu, 'err', 'skipping command in error state:');
  for (const word of words) print(smmu, 'err', `\t${hex64(word)}`);
  say(smmu, 'CMDQ_ERR', { error: 'CERROR_ILL', command: describeCommand(words).name, D0: words[0], D1: words[1] }, { dropped: 'an illegal command becomes a CMD_SYNC' });
  const harmless = sync(null);
  smmu.memory.write64(slot, harmless[0]);
  smmu.memory.write64(slot + 8n, harmless[1]);
}
