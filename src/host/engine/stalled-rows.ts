import { fromWords, hex } from '../../model/base/address.ts';
import type { StackBench } from '../../model/lab/stack/bench.ts';
import type { Smmu } from '../../model/smmu/smmu.ts';
import { HELD_NAMES } from '../../model/smmu/stall/held.ts';
import type { Stalled } from '../../model/smmu/stall/stalled.ts';
import { eventName } from '../../model/spec/index.ts';
import type { StalledRow } from '../../protocol/contract.ts';

const accessOf = ({ arrived }: Stalled): StalledRow['access'] => ((arrived & 1) === 0 ? 'write' : (arrived & 2) === 0 ? 'read' : 'execute');

/** A driver of the guest that took the page request, or nobody there: then the host or the VMM has it. */
function waitsFor({ stack }: StackBench, { sid, stag }: Stalled): string {
  const device = stack.data.devices.find(({ StreamID }) => StreamID === sid >>> 0);
  if (device === undefined) return 'nobody: no device has the StreamID';
  const asked = stack.vm(device.vm).kernel.faults.waiting.some((one) => one.device.name === device.name && one.fault.grpid === stag);
  return asked ? `a driver of ${device.vm}: step resume answers` : `${device.vm} was not told, or has not answered`;
}

/** What waits for CMD_RESUME, oldest first. */
export const stalledRows = (smmu: Smmu, bench: StackBench | null): StalledRow[] =>
  smmu.stalls.entries().map((one) => ({
    ...(bench === null ? {} : { waits: waitsFor(bench, one) }),
    txn: one.transaction,
    sid: one.sid >>> 0,
    ssid: one.ssidKey === 0 ? null : one.ssidKey - 1,
    iova: hex(fromWords(one.inHi, one.inLo)),
    access: accessOf(one),
    event: eventName(one.event),
    stag: one.stag < 0 ? null : one.stag,
    held: HELD_NAMES[one.held],
  }));
