/** arm_vsmmu_cache_invalidate(): a guest's own commands, made the host's (c.5). */
import { ERRNO } from '../../errno.ts';
import { describeCommand } from './commands.ts';
import { BATCH_ENTRIES } from './cmdq.ts';
import type { Viommu } from './objects.ts';
import { say } from './smmu-device.ts';
import { wordsData } from './words-data.ts';
import type { SmmuDevice } from './smmu-device.ts';
import type { CommandWords, UserInvalidation } from './types.ts';

const OPCODE = 0xffn;
const VMID = 0xffffn << 32n;
const SID = 0xffff_ffffn << 32n;

const NH_ALL = 0x10;
const NSNH_ALL = 0x30;
/** NH_ALL, NH_ASID, NH_VA, NH_VAA: only the VMID is the host's. */
const BY_VMID: readonly number[] = [NH_ALL, 0x11, 0x12, 0x13];
/** ATC_INV, CFGI_CD, CFGI_CD_ALL: only the StreamID is. */
const BY_SID: readonly number[] = [0x40, 0x05, 0x06];

/** The command that the host issues, or why it issues none. */
function convertCommand(viommu: Viommu, [word0, word1]: CommandWords): CommandWords | string {
  const opcode = Number(word0 & OPCODE);
  const vmid = BigInt(viommu.vmid) << 32n;
  if (opcode === NSNH_ALL) return [BigInt(NH_ALL) | vmid, 0n];
  if (BY_VMID.includes(opcode)) return [(word0 & ~VMID) | vmid, word1];
  if (!BY_SID.includes(opcode)) return 'a guest may not issue this command';
  const vSid = word0 >> 32n;
  const sid = viommu.vdevices.get(vSid)?.streamIds[0];
  return sid === undefined ? `no vDEVICE has the StreamID 0x${vSid.toString(16)}` : [(word0 & ~SID) | (BigInt(sid) << 32n), word1];
}

/**
 * Runs of 63 commands and a CMD_SYNC. A command that cannot be converted ends it with -EIO: the commands since the last full run
 * are counted as handled, but were never issued.
 */
export function cacheInvalidateUser(smmu: SmmuDevice, viommu: Viommu, commands: readonly CommandWords[]): UserInvalidation {
  let run: CommandWords[] = [];
  for (const [index, command] of commands.entries()) {
    const converted = convertCommand(viommu, command);
    if (typeof converted === 'string') {
      const { name, fields } = describeCommand(command);
      say(smmu, name, fields, { result: -ERRNO.EIO, data: wordsData('command', command), dropped: run.length === 0 ? converted : `${converted}; ${run.length} commands before it are counted as handled but not issued` });
      return { result: -ERRNO.EIO, handled: index };
    }
    run.push(converted);
    if (run.length < BATCH_ENTRIES - 1 && index < commands.length - 1) continue;
    const result = smmu.cmdq.run(run);
    if (result !== 0) return { result, handled: index + 1 - run.length };
    run = [];
  }
  return { result: 0, handled: commands.length };
}
