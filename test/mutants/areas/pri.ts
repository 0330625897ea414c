import type { Mutant } from '../mutant.ts';

const TESTS = ['test/conformance/pri.test.ts'];
const QUEUE = 'src/model/smmu/queues/pri-queue.ts';
const REQUESTS = 'src/model/smmu/pri/page-requests.ts';

/** Page requests: what the queue takes, and who answers what it does not. */
export const priMutants: readonly Mutant[] = [
  {
    id: 'pri-overflow-does-not-block',
    file: QUEUE,
    text: 'if (queue.overflowed) return PPR.OVERFLOWED;',
    replacement: '',
    tests: TESTS,
    why: 'a request after the gap would be written, and its group look complete',
  },
  {
    id: 'pri-overflow-unflagged',
    file: QUEUE,
    text: 'queue.overflow();',
    replacement: '',
    tests: TESTS,
    why: 'a driver would not know that requests were lost',
  },
  {
    id: 'pri-error-does-not-block',
    file: QUEUE,
    text: "if (registers.errorActive('PRIQ_ABT_ERR')) return PPR.ERROR;",
    replacement: '',
    tests: TESTS,
    why: 'nothing is written until PRIQ_ABT_ERR is acknowledged',
  },
  {
    id: 'pri-overflow-answers-each',
    file: REQUESTS,
    text: 'if (!last) return;',
    replacement: '',
    tests: TESTS,
    why: 'a group would get more than one answer',
  },
  {
    id: 'pri-stop-marker-answered',
    file: REQUESTS,
    text: ' && !isStopMarker(request)',
    replacement: '',
    tests: TESTS,
    why: 'a stop marker is never answered',
  },
  {
    id: 'pri-ppar-ignored',
    file: REQUESTS,
    text: 'ppar(slots, txn.slot + SLOT.STE) === 1 ? ssid : null',
    replacement: 'ssid',
    tests: TESTS,
    why: 'a device that takes answers without PASID would take none',
  },
  {
    id: 'pri-overflow-as-failure',
    file: REQUESTS,
    text: 'if (verdict !== PPR.FULL && verdict !== PPR.OVERFLOWED)',
    replacement: 'if (verdict !== PPR.FULL)',
    tests: TESTS,
    why: 'Failure ends PRI for the device; an overflow is Success, and the device asks again',
  },
  {
    id: 'pri-lost-last-without-interrupt',
    file: QUEUE,
    text: '(verdict === PPR.WRITTEN || overflow)',
    replacement: 'verdict === PPR.WRITTEN',
    tests: TESTS,
    why: 'a driver that waits for the last of a group would not look at the queue',
  },
  {
    id: 'pri-resp-while-disabled',
    file: 'src/model/smmu/commands/ats.ts',
    text: 'if (!registers.smmuEnabled) return CERROR.NONE;',
    replacement: '',
    tests: TESTS,
    why: 'CMD_PRI_RESP is ignored while SMMUEN is 0 (6.3.9.6)',
  },
  {
    id: 'pri-resp-reserved-code',
    file: 'src/model/smmu/commands/ats.ts',
    text: 'if (code === undefined) return CERROR.ILL;',
    replacement: 'if (code === undefined) return CERROR.NONE;',
    tests: TESTS,
    why: 'a reserved Resp is CERROR_ILL',
  },
];
