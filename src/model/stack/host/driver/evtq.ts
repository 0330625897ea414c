/** arm_smmu_evtq_thread(): the event queue is drained, each event reported up; what nobody takes is printed (d.7, a.8, c.6). */
import { ERRNO } from '../../errno.ts';
import { resume } from './commands.ts';
import { decodeEvent, EVENT } from './event.ts';
import type { DriverEvent } from './event.ts';
import { decodedLines, rawLines } from './event-text.ts';
import { faultOf, isReport, pageRequestOf } from './fault-v16.ts';
import type { NoReport } from './fault-v16.ts';
import { pageResponse } from './page-response.ts';
import { masterOfStream, print, say } from './smmu-device.ts';
import { wordsData } from './words-data.ts';
import type { SmmuDevice } from './smmu-device.ts';
import { FAULT_TYPE } from './types.ts';
import type { EventWords } from './types.ts';

const EVENT_BYTES = 32n;
const OVERFLOW = 0x8000_0000n;

/** What a current driver looks at; F_CD_FETCH and F_WALK_EABT are not among them (c.6). */
const MODERN_EVENTS: readonly number[] = [
  EVENT.C_BAD_STE, EVENT.F_STREAM_DISABLED, EVENT.C_BAD_SUBSTREAMID, EVENT.C_BAD_CD,
  EVENT.F_TRANSLATION, EVENT.F_ADDR_SIZE, EVENT.F_ACCESS, EVENT.F_PERMISSION,
];

const answer = (result: number): NoReport => ({ result, why: result === 0 ? '' : 'nobody above took the report' });

function handleV16(smmu: SmmuDevice, event: DriverEvent): NoReport {
  const fault = faultOf(event, smmu.choices.as);
  if (!isReport(fault)) return fault;
  const master = masterOfStream(smmu, event.sid);
  if (master === null) return { result: -ERRNO.EINVAL, why: 'no device has this StreamID' };
  const result = smmu.core.reportDeviceFault(master.device, fault);
  // A page request that nobody takes must not stall for ever.
  if (result !== 0 && fault.type === FAULT_TYPE.PAGE_REQ) smmu.cmdq.issue(resume(event.sid, event.stag, false));
  return answer(result);
}

function handleModern(smmu: SmmuDevice, event: DriverEvent, words: EventWords): NoReport {
  if (!MODERN_EVENTS.includes(event.id)) return { result: -ERRNO.EOPNOTSUPP, why: 'this kind of event is not reported' };
  const master = masterOfStream(smmu, event.sid);
  if (master === null) return { result: -ERRNO.EINVAL, why: 'no device has this StreamID' };
  if (event.stall) {
    const respond = (code: number): void => void pageResponse(smmu, master.device, { flags: 0, pasid: event.ssid, grpid: event.stag, code });
    return answer(smmu.core.reportDeviceFault(master.device, pageRequestOf(event), respond));
  }
  if (event.s2) return { result: -ERRNO.EOPNOTSUPP, why: 'a fault of stage 2 is the host\'s own' };
  if (master.vmaster === null) return { result: -ERRNO.EOPNOTSUPP, why: 'no guest owns stage 1 of the device' };
  const { viommu, vSid } = master.vmaster;
  return answer(smmu.core.reportVevent(viommu, [(words[0] & 0xffff_ffffn) | (vSid << 32n), words[1], words[2], words[3]]));
}

function printEvent(smmu: SmmuDevice, event: DriverEvent, words: EventWords): void {
  const client = masterOfStream(smmu, event.sid)?.device.name ?? null;
  const decoded = smmu.choices.dmesg === 'decoded';
  for (const line of rawLines(words)) print(smmu, decoded ? 'err' : 'info', line);
  if (decoded) for (const line of decodedLines(event, client)) print(smmu, 'err', line);
}

function handle(smmu: SmmuDevice, words: EventWords): void {
  const event = decodeEvent(words);
  const since = smmu.journal.mark();
  const { result, why } = smmu.choices.generation === 'v16' ? handleV16(smmu, event) : handleModern(smmu, event, words);
  const device = masterOfStream(smmu, event.sid)?.device.name ?? null;
  const detail = { event: event.id, device, StreamID: event.sid, S2: event.s2, address: event.iova };
  const end = { since, data: wordsData('event', words), fault: 'handled' } as const;
  say(smmu, 'handle_evt', detail, result === 0 ? { ...end, result } : { ...end, result, dropped: `${why}: printed in the kernel's log` });
  if (result !== 0) printEvent(smmu, event, words);
}

/** Drains the queue and acknowledges an overflow. */
export function drainEvents(smmu: SmmuDevice, base: bigint): void {
  const { registers, memory, features } = smmu;
  const mask = (1n << BigInt(features.evtqShift + 1)) - 1n;
  for (;;) {
    const prod = registers.read('EVENTQ_PROD');
    const cons = registers.read('EVENTQ_CONS');
    const overflowed = ((prod ^ cons) & OVERFLOW) !== 0n;
    if (overflowed) print(smmu, 'err', 'EVTQ overflow detected -- events lost');
    if (((prod ^ cons) & mask) === 0n) {
      if (overflowed) registers.write('EVENTQ_CONS', (cons & mask) | (prod & OVERFLOW));
      return;
    }
    const slot = base + (cons & (mask >> 1n)) * EVENT_BYTES;
    const word = (index: bigint): bigint => memory.read64(slot + index * 8n) ?? 0n;
    const words: EventWords = [word(0n), word(1n), word(2n), word(3n)];
    // The slot is free before the event is worked on, as the copy in the source makes it.
    registers.write('EVENTQ_CONS', ((cons + 1n) & mask) | (prod & OVERFLOW));
    handle(smmu, words);
  }
}
