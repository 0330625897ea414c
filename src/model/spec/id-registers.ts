/** Which combinations of identification registers the architecture allows (IHI 0070 6.3.1 to 6.3.6). */
import { decodeFeatures } from './features.ts';
import type { Features, IdRegisters } from './features.ts';

export interface IdProblem {
  readonly register: keyof IdRegisters;
  readonly section: string;
  /** What is wrong and what was expected. */
  readonly message: string;
}

interface IdRule extends IdProblem {
  readonly broken: (f: Features) => boolean;
}

const rule = (register: keyof IdRegisters, section: string, message: string, broken: IdRule['broken']): IdRule => ({ register, section, message, broken });

const bits = (word: number, hi: number, lo: number): number => (word >>> lo) & ((1 << (hi - lo + 1)) - 1);
const largestQueue = (f: Features): number => Math.max(f.cmdqs, f.eventqs, f.pri ? f.priqs : 0);

const RULES: readonly IdRule[] = [
  rule('IDR0', '6.3.1', 'S1P and S2P are both 0; an SMMU has at least one stage', (f) => !f.s1p && !f.s2p),
  rule('IDR0', '6.3.1', 'TTF is 0; an SMMU has at least one form of tables', (f) => !f.ttf32 && !f.ttf64),
  rule('IDR0', '6.3.1', 'TTENDIAN 1 is reserved', (f) => f.ttendian === 1),
  rule('IDR0', '6.3.1', 'STALL_MODEL 3 is reserved', (f) => f.stallModel === 3),
  rule('IDR5', '6.3.6', 'STALL_MAX is 0 with a STALL_MODEL that stalls, which needs room for one at least', (f) => (f.stallModel === 0 || f.stallModel === 2) && f.stallMax === 0),
  rule('IDR0', '6.3.1', 'ST_LEVEL above 1 is reserved', (f) => bits(f.id.IDR0, 28, 27) > 1),
  rule('IDR0', '6.3.2', 'ST_LEVEL is 0 with SIDSIZE of 7 or more, which needs two-level stream tables', (f) => f.sidSize >= 7 && bits(f.id.IDR0, 28, 27) === 0),
  rule('IDR0', '6.3.1', 'Hyp is 0; from v3.2 on an SMMU with both stages has EL2 contexts', (f) => f.minor >= 2 && f.s1p && f.s2p && !f.hyp),
  rule('IDR0', '6.3.1', 'Hyp is 1 without both stages, where it is RES0', (f) => bits(f.id.IDR0, 9, 9) === 1 && !(f.s1p && f.s2p)),
  rule('IDR0', '6.3.1', 'NS1ATS is 1 without ATS and both stages, where it is RES0', (f) => bits(f.id.IDR0, 11, 11) === 1 && !f.ns1ats),
  rule('IDR0', '6.3.1', 'PRI is 1 without ATS, where it is RES0', (f) => bits(f.id.IDR0, 16, 16) === 1 && !f.ats),
  rule('IDR0', '6.3.1', 'VMW is 1 without S2P, where it is RES0', (f) => bits(f.id.IDR0, 17, 17) === 1 && !f.s2p),
  rule('IDR0', '6.3.1', 'VATOS is 1 without ATOS, which it is a page of', (f) => f.vatos && !f.atos),
  rule('IDR0', '6.3.1', 'STALL_MODEL 2 with ATS: the transactions of PCIe devices must not stall', (f) => f.stallModel === 2 && f.ats),
  rule('IDR0', '6.3.1', 'HTTU 3 is from v3.4', (f) => f.httu === 3 && f.minor < 4),
  rule('IDR0', '6.3.1', 'RME_IMPL is 1 before v3.4', (f) => bits(f.id.IDR0, 30, 30) === 1 && f.minor < 4),
  rule('IDR1', '6.3.2', 'SIDSIZE is above 32', (f) => f.sidSize > 32),
  rule('IDR1', '6.3.2', 'SSIDSIZE is above 20', (f) => f.ssidSize > 20),
  rule('IDR1', '6.3.2', 'a queue is larger than 2^19 entries', (f) => largestQueue(f) > 19),
  // ECMDQ is of v3.3, but no other feature of v3.3 is needed for it: an SMMU of v3.2 may have it here, as an option.
  rule('IDR6', '6.3.45', 'CMDQ_CONTROL_PAGE_LOG2NUMQ or CMDQ_CONTROL_PAGE_LOG2NUMP is above 8', (f) => f.ecmdq && Math.max(bits(f.id.IDR6, 19, 16), bits(f.id.IDR6, 27, 24)) > 8),
  rule('IDR6', '6.3.45', 'CMDQ_CONTROL_PAGE_LOG2NUMQ or CMDQ_CONTROL_PAGE_LOG2NUMP is not 0 without ECMDQ, where IDR6 is RES0', (f) => !f.ecmdq && f.id.IDR6 !== 0),
  rule('IDR3', '6.3.4', 'HAD is 0; from v3.1 on an SMMU with stage 1 has it', (f) => f.minor >= 1 && f.s1p && !f.had),
  rule('IDR3', '6.3.4', 'XNX is 0; from v3.1 on an SMMU with stage 2 has it', (f) => f.minor >= 1 && f.s2p && !f.xnx),
  rule('IDR3', '6.3.4', 'PPS is 1 without PRI and SSIDSIZE above 0, where it is RES0', (f) => f.pps && !(f.pri && f.ssidSize > 0)),
  rule('IDR3', '6.3.4', 'XNX is 1 without S2P, where it is RES0', (f) => f.xnx && !f.s2p),
  rule('IDR3', '6.3.4', 'E0PD or PTWNNC is 1 before v3.3', (f) => f.minor < 3 && (f.e0pd || f.ptwnnc)),
  rule('IDR3', '6.3.4', 'a field from EPAN on, of v3.4, is set before it', (f) => f.minor < 4 && bits(f.id.IDR3, 23, 17) !== 0),
  rule('IDR3', '6.3.4', 'PBHA is 1 without HAD', (f) => f.pbha && !f.had),
  rule('IDR3', '6.3.4', 'FWB is 0; from v3.2 on it is 1', (f) => f.minor >= 2 && !f.fwb),
  rule('IDR3', '6.3.4', 'RIL is 0; from v3.2 on it is 1', (f) => f.minor >= 2 && !f.ril),
  rule('IDR3', '6.3.4', 'BBML is 0; from v3.2 on it is 1 or 2', (f) => f.minor >= 2 && f.bbml === 0),
  rule('IDR3', '6.3.4', 'BBML 3 is reserved', (f) => f.bbml === 3),
  rule('IDR5', '6.3.6', 'STALL_MAX is not 0 on an SMMU that only terminates, where it is RES0', (f) => f.stallModel === 1 && f.stallMax !== 0),
  rule('IDR5', '6.3.6', 'no granule is implemented', (f) => f.ttf64 && !f.gran4k && !f.gran16k && !f.gran64k),
  rule('IDR5', '6.3.6', 'GRAN4K is 0 with AArch32 tables, which need it', (f) => f.ttf32 && !f.gran4k),
  rule('IDR5', '6.3.6', 'OAS 7 is reserved before v3.4', (f) => f.minor < 4 && bits(f.id.IDR5, 2, 0) === 7),
  rule('IDR5', '6.3.6', 'VAX above 1 is reserved before v3.4', (f) => f.minor < 4 && bits(f.id.IDR5, 11, 10) > 1),
];

/** What is wrong with a set of identification registers; empty when the architecture allows it. */
export function checkIdRegisters(id: IdRegisters): readonly IdProblem[] {
  const features = decodeFeatures(id);
  return RULES.filter((one) => one.broken(features)).map(({ register, section, message }) => ({ register, section, message }));
}
