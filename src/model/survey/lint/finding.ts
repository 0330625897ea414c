/** What the linter says of structures in memory: a rule of the architecture that they break, or something that nobody wants. */
import { RULES } from '../../spec/index.ts';

/** `error`: the architecture calls it ILLEGAL, or an access that comes there faults; `warning`: it has no use, or is a mistake most likely; `information`: worth knowing. */
export const SEVERITIES = ['error', 'warning', 'information'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Finding {
  /** Of model/spec/rules, or of LINT_RULES. */
  readonly rule: string;
  readonly section: string;
  readonly severity: Severity;
  readonly message: string;
  readonly sid: number | null;
  readonly ssid: number | null;
  /** PA of the structure; null: of a register. */
  readonly at: bigint | null;
  /** The first input address that it is about. */
  readonly input: bigint | null;
  /** Findings of the same rule that follow it, told once. */
  readonly more: number;
}

/** What no access meets as a fault has a rule of the linter's own. */
export const LINT_RULES: Readonly<Record<string, { readonly section: string; readonly doc: string }>> = {
  'lint.strtab.alignment': { section: '6.3.24', doc: 'STRTAB_BASE is aligned to the size of the stream table; lower bits are taken as 0.' },
  'lint.queue.alignment': { section: '6.3.26', doc: 'The base of a queue is aligned to its size; lower bits are taken as 0.' },
  'lint.queue.memory': { section: '3.5.1', doc: 'A queue that is on lies in memory.' },
  'lint.queue.indexes': { section: '3.5.1', doc: 'PROD and CONS of a queue are at most its length apart.' },
  'lint.queue.overflow': { section: '7.4', doc: 'The event queue overflowed and nobody acknowledged it: events were lost.' },
  'lint.queue.full': { section: '7.4', doc: 'The event queue is full: the next event is lost.' },
  'lint.command': { section: '4.1.3', doc: 'Every command that waits has an opcode that the SMMU knows.' },
  'lint.error': { section: '7.5', doc: 'No global error is active.' },
  'lint.overlap': { section: '3.6', doc: 'No two structures lie in the same memory.' },
  'lint.ste.leftover': { section: '5.2', doc: 'An STE that is set to abort leads to no CDs and tables.' },
  'lint.ste.s2r': { section: '5.2', doc: 'STE.S2R is 1: faults of stage 2 are recorded.' },
  'lint.cd.r': { section: '5.4', doc: 'CD.R is 1: faults of stage 1 are recorded.' },
  'lint.empty': { section: '3.3.2', doc: 'Tables of a stream map something.' },
  'lint.descriptor.reserved-bits': { section: '3.3.5', doc: 'Bits of a descriptor that the architecture reserves are 0.' },
  'lint.map.structures': { section: '3.6', doc: 'No device reaches the structures that decide what it may reach.' },
  'lint.map.other-vm': { section: '3.6', doc: 'Streams of two VMs do not share memory.' },
  'lint.map.outside-memory': { section: '3.4', doc: 'A mapping leads to no memory: an MSI doorbell, most likely, or registers of a device.' },
  'lint.bypass': { section: '5.2', doc: 'A stream in bypass reaches all of memory.' },
  'lint.tables.too-many': { section: '3.3.5', doc: 'Translation tables end: these were not read to their end.' },
  'lint.stream.listed': { section: '3.3.1', doc: 'A stream that the capture lists has a valid STE.' },
  'lint.memory.unreached': { section: '3.3.1', doc: 'A page of structures that was captured is reached by them.' },
  'lint.known': { section: '3.3.3', doc: 'A translation that the capture knows is still made.' },
};

const SECTIONS = new Map(RULES.map(({ id, section }) => [id, section]));

const sectionOfRule = (rule: string): string => SECTIONS.get(rule) ?? LINT_RULES[rule]!.section;

type Told = Pick<Finding, 'rule' | 'severity' | 'message'> & Partial<Pick<Finding, 'sid' | 'ssid' | 'at' | 'input'>>;

/** What is worst comes first. */
export const bySeverity = (findings: readonly Finding[]): Finding[] => [...findings].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));

/** Findings of one rule and stream in a row are told once, with how many follow. */
export class Findings {
  readonly all: Finding[] = [];

  add(told: Told): void {
    const last = this.all.at(-1);
    const [sid, ssid] = [told.sid ?? null, told.ssid ?? null];
    if (last !== undefined && last.rule === told.rule && last.sid === sid && last.ssid === ssid && sid !== null && last.severity === told.severity) {
      this.all[this.all.length - 1] = { ...last, more: last.more + 1 };
      return;
    }
    this.all.push({ section: sectionOfRule(told.rule), at: null, input: null, more: 0, ...told, sid, ssid });
  }
}
