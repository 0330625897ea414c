/** HWPT_INVALIDATE: the checks of the core (c.5). entry_num comes back with what was handled, after an error too. */
import { ERRNO, isErrno } from '../../errno.ts';
import { decodeStruct } from '../../uapi/bytes.ts';
import { IOMMU_INVALIDATE_DATA, STRUCT_HWPT_INVALIDATE, STRUCT_INVALIDATE_ARM_SMMUV3 as COMMAND } from '../../uapi/iommufd/hwpt.ts';
import type { CommandWords, UserInvalidation } from '../driver/types.ts';
import type { ViommuObject } from './objects.ts';
import type { IommufdContext, Ucmd } from './ucmd.ts';
import { copyUserArray } from './user-data.ts';
import type { UserArray } from './user-data.ts';

const MAX_ENTRY_LENGTH = 4096;
const MAX_ENTRIES = 1 << 19;

const refused = (errno: number): UserInvalidation => ({ result: -errno, handled: 0 });

export function hwptInvalidate(context: IommufdContext, ucmd: Ucmd): number {
  const { result, handled } = invalidate(context, ucmd);
  ucmd.respond(STRUCT_HWPT_INVALIDATE, { entry_num: handled });
  return result;
}

function invalidate(context: IommufdContext, ucmd: Ucmd): UserInvalidation {
  const cmd = decodeStruct(STRUCT_HWPT_INVALIDATE, ucmd.bytes);
  if (cmd.__reserved !== 0) return refused(ERRNO.EOPNOTSUPP);
  if (cmd.entry_num !== 0 && (cmd.data_uptr === 0n || cmd.entry_len === 0)) return refused(ERRNO.EINVAL);
  if (cmd.entry_len > MAX_ENTRY_LENGTH || cmd.entry_num > MAX_ENTRIES) return refused(ERRNO.EINVAL);
  if (cmd.entry_num === 0) return { result: 0, handled: 0 };
  const object = context.objects.any(cmd.hwpt_id);
  if (isErrno(object)) return { result: object, handled: 0 };
  // The nested domains of the SMMUv3 driver have no cache_invalidate_user: commands go to the vIOMMU.
  if (object.type === 'hwpt-nested') return refused(ERRNO.EOPNOTSUPP);
  if (object.type !== 'viommu') return refused(ERRNO.EINVAL);
  return runCommands(context, object, { type: cmd.data_type, uptr: cmd.data_uptr, entryLength: cmd.entry_len, entries: cmd.entry_num });
}

/** arm_vsmmu_cache_invalidate() up to the conversion, which is the driver's. */
function runCommands(context: IommufdContext, { driver, viommu }: ViommuObject, array: UserArray): UserInvalidation {
  const bytes = copyUserArray(context.memory, array, IOMMU_INVALIDATE_DATA.VIOMMU_ARM_SMMUV3, COMMAND.bytes);
  if (typeof bytes === 'number') return { result: bytes, handled: 0 };
  const commands: CommandWords[] = [];
  for (let at = 0; at < bytes.length; at += COMMAND.bytes) {
    const [word0 = 0n, word1 = 0n] = decodeStruct(COMMAND, bytes, at).cmd;
    commands.push([word0, word1]);
  }
  return driver.cacheInvalidateUser(viommu, commands);
}
