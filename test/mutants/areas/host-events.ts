import type { Mutant } from '../mutant.ts';

const TESTS = ['test/stack/driver', 'src/model/stack/host'];
const DRIVER = 'src/model/stack/host/driver';
const EVTQ = `${DRIVER}/evtq.ts`;
const FAULT = `${DRIVER}/fault-v16.ts`;

/** What the host's driver makes of events and global errors, and of the answers to page requests. */
export const hostEventMutants: readonly Mutant[] = [
  {
    id: 'cmdq-skips-nothing',
    file: `${DRIVER}/gerror.ts`,
    text: 'smmu.memory.write64(slot, harmless[0]);',
    replacement: '',
    tests: TESTS,
    why: 'the queue would stop at the same illegal command for ever',
  },
  {
    id: 'gerror-not-acknowledged',
    file: `${DRIVER}/gerror.ts`,
    text: "smmu.registers.write('GERRORN', BigInt(gerror));",
    replacement: '',
    tests: TESTS,
    why: 'the queue would not go on',
  },
  {
    id: 'events-of-stage2-forwarded',
    file: EVTQ,
    text: 'if (event.s2) return',
    replacement: 'if (event.s2 && event.id === 0) return',
    tests: TESTS,
    why: "the host's own faults would reach the guest",
  },
  {
    id: 'events-with-host-sid',
    file: EVTQ,
    text: '(words[0] & 0xffff_ffffn) | (vSid << 32n)',
    replacement: 'words[0]',
    tests: TESTS,
    why: "the guest would get the host's StreamID",
  },
  {
    id: 'events-cons-not-moved',
    file: EVTQ,
    text: "registers.write('EVENTQ_CONS', (cons & mask) | (prod & OVERFLOW));",
    replacement: '',
    tests: TESTS,
    why: 'an overflow would never be acknowledged',
  },
  {
    id: 'events-posted-cd-fetch',
    file: FAULT,
    text: "(as === 'intended' ? ADDED[event.id] : undefined)",
    replacement: 'ADDED[event.id]',
    tests: TESTS,
    why: 'as posted F_CD_FETCH and its like are never reported',
  },
  {
    id: 'events-perm-write',
    file: FAULT,
    text: 'event.read ? FAULT_PERM.READ : FAULT_PERM.WRITE',
    replacement: 'event.read ? FAULT_PERM.WRITE : FAULT_PERM.READ',
    tests: TESTS,
    why: 'reads and writes would be exchanged on the way up',
  },
  {
    id: 'events-refused-stall-left',
    file: EVTQ,
    text: 'if (result !== 0 && fault.type === FAULT_TYPE.PAGE_REQ) smmu.cmdq.issue(resume(event.sid, event.stag, false));',
    replacement: '',
    tests: TESTS,
    why: 'a page request that nobody takes would stall its device for ever',
  },
  {
    id: 'response-code-inverted',
    file: `${DRIVER}/page-response.ts`,
    text: 'resume(sid, grpid, code === PAGE_RESPONSE.SUCCESS)',
    replacement: 'resume(sid, grpid, code !== PAGE_RESPONSE.SUCCESS)',
    tests: TESTS,
    why: 'success would abort, and a failure be retried for ever',
  },
  {
    id: 'response-of-any-device',
    file: `${DRIVER}/page-response.ts`,
    text: ' || !master.stallEnabled',
    replacement: '',
    tests: TESTS,
    why: 'a device that does not stall has no page requests: -ENODEV',
  },
];
