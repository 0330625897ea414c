/** Where entries of a current driver lie, and what follows their stores. */
import { cfgiCd, cfgiSte, prefetchConfig } from './commands.ts';
import { writeEntry } from './entry-writer.ts';
import type { EntryTarget } from './entry-writer.ts';
import type { Entry } from './entry.ts';
import type { Master } from './objects.ts';
import { say } from './smmu-device.ts';
import type { SmmuDevice } from './smmu-device.ts';
import { cdSafe, cdUsed, steSafe, steUsed } from './used-bits.ts';

const inMemory = (smmu: SmmuDevice, at: bigint): Pick<EntryTarget, 'read' | 'write'> => ({
  read: (word) => smmu.memory.read64(at + BigInt(word) * 8n) ?? 0n,
  write: (word, value) => void smmu.memory.write64(at + BigInt(word) * 8n, value),
});

/** arm_smmu_write_ste(): CFGI_STE and CMD_SYNC after each group of stores, CMD_PREFETCH_CONFIG at the end. */
export function writeSte(smmu: SmmuDevice, sid: number, target: Entry): void {
  const kind = writeEntry(
    { used: steUsed, safe: steSafe, ...inMemory(smmu, smmu.strtab.steOf(sid)), sync: () => void smmu.cmdq.issueSync(cfgiSte(sid)) },
    target,
  );
  say(smmu, 'write STE', { StreamID: sid, update: kind, D0: target[0]!, D1: target[1]!, D2: target[2]!, D3: target[3]! });
  if (smmu.choices.prefetch) smmu.cmdq.issue(prefetchConfig(sid));
}

/** arm_smmu_write_cd_entry(): CFGI_CD for every stream of the device. */
export function writeCd(smmu: SmmuDevice, master: Master, at: bigint, target: Entry): void {
  const sync = (): void => void smmu.cmdq.submit(master.streams.map((sid) => cfgiCd(sid, 0)));
  const kind = writeEntry({ used: cdUsed, safe: cdSafe, ...inMemory(smmu, at), sync }, target);
  say(smmu, 'write CD', { device: master.device.name, address: at, update: kind, D0: target[0]!, D1: target[1]! });
}
