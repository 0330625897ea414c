import { fromWords, hex } from '../../model/base/address.ts';
import type { Smmu } from '../../model/smmu/smmu.ts';
import { HELD_NAMES } from '../../model/smmu/stall/held.ts';
import type { Stalled } from '../../model/smmu/stall/stalled.ts';
import { eventName } from '../../model/spec/index.ts';
import type { StalledRow } from '../../protocol/contract.ts';

const accessOf = ({ arrived }: Stalled): StalledRow['access'] => ((arrived & 1) === 0 ? 'write' : (arrived & 2) === 0 ? 'read' : 'execute');

/** What waits for CMD_RESUME, oldest first. */
export const stalledRows = (smmu: Smmu): StalledRow[] =>
  smmu.stalls.entries().map((one) => ({
    txn: one.transaction,
    sid: one.sid >>> 0,
    ssid: one.ssidKey === 0 ? null : one.ssidKey - 1,
    iova: hex(fromWords(one.inHi, one.inLo)),
    access: accessOf(one),
    event: eventName(one.event),
    stag: one.stag < 0 ? null : one.stag,
    held: HELD_NAMES[one.held],
  }));
