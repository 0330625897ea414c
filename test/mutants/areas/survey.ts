import type { Mutant } from '../mutant.ts';

const SURVEY = ['test/dumps/survey.test.ts', 'test/dumps/lint.test.ts'];
const LINT = ['test/dumps/lint.test.ts'];
const BESIDE = ['test/dumps/beside.test.ts'];
const of = (file: string): string => `src/model/survey/${file}`;

/** A survey that leaves something out says that all is well, or sends somebody to the wrong structure. */
export const surveyMutants: readonly Mutant[] = [
  { id: 'survey-aptable-ignored', file: of('rights.ts'), text: '(ap & 2) === 0 && (table & 2) === 0', replacement: '(ap & 2) === 0', tests: SURVEY, why: 'what a table above takes away would seem to be allowed' },
  { id: 'survey-aptable-lost', file: of('table-walk.ts'), text: 'table.stage === 1 ? above | (word & HIERARCHICAL) : 0n', replacement: '0n', tests: SURVEY, why: 'the rights of upper tables would not come down' },
  { id: 'survey-page-of-stage-1', file: of('mappings.ts'), text: 'pageSize: least(leaf.size, through.size)', replacement: 'pageSize: leaf.size', tests: SURVEY, why: 'a TLB entry would seem to cover more than the smaller stage' },
  { id: 'survey-merges-apart', file: of('mappings.ts'), text: 'follows(last.ipa, next.ipa) && follows(last.pa, next.pa)', replacement: 'follows(last.ipa, next.ipa)', tests: SURVEY, why: 'ranges that lead elsewhere would be one' },
  { id: 'survey-who-one-more', file: of('who.ts'), text: 'pa >= mapping.pa + mapping.size', replacement: 'pa > mapping.pa + mapping.size', tests: LINT, why: 'who ends just before an address would reach it' },
  { id: 'survey-event-waits', file: of('events.ts'), text: 'pending: back <= waiting', replacement: 'pending: back < waiting', tests: LINT, why: 'the oldest event that waits would seem taken' },
  { id: 'survey-event-always-same', file: of('events.ts'), text: "outcome.fault.name === record.id ? 'same' : 'other'", replacement: "'same'", tests: BESIDE, why: 'another fault would seem to be the one of the log' },
  { id: 'survey-configuration-by-address', file: of('events.ts'), text: 'hasAddress || !tellsAddress(outcome) ? records', replacement: 'hasAddress || tellsAddress(outcome) ? records', tests: BESIDE, why: 'a fault of the configuration would be judged by what IOVA 0 does' },
  { id: 'survey-cause-is-a-half', file: of('events.ts'), text: 'pa: address - (address % STRUCTURE), what: table', replacement: 'pa: address, what: table', tests: [...BESIDE, 'test/dumps/pokes.test.ts'], why: 'the second half of an STE would be named as the STE' },
  { id: 'survey-span-too-short', file: of('streams.ts'), text: 'span > split + 1', replacement: 'span > split', tests: SURVEY, why: 'a whole second-level table would be left out' },
  { id: 'survey-leaf-of-first', file: of('contexts.ts'), text: 'cdsAt(view, word & L2PTR, index * perLeaf, Math.min', replacement: 'cdsAt(view, word & L2PTR, 0, Math.min', tests: LINT, why: 'SubstreamIDs of later leaves would be those of the first' },
  { id: 'lint-vm-of-itself', file: of('lint/maps.ts'), text: 'one.vmid === other.vmid || ', replacement: '', tests: LINT, why: 'two streams of one VM would be told to share memory' },
  { id: 'lint-other-vm-silent', file: of('lint/maps.ts'), text: 'sorted[next]!.base < one.base + one.size', replacement: 'sorted[next]!.base > one.base + one.size', tests: LINT, why: 'memory that two VMs share would not be found' },
  { id: 'lint-output-of-limit', file: of('lint/tables.ts'), text: 'if (output >= limit)', replacement: 'if (output > limit)', tests: LINT, why: 'the first address beyond the output size would pass' },
  { id: 'lint-reserved-silent', file: of('lint/tables.ts'), text: '(word & RESERVED) !== 0n', replacement: '(word & RESERVED) === RESERVED', tests: LINT, why: 'one reserved bit would pass' },
  { id: 'lint-overlap-by-touch', file: of('lint/index.ts'), text: '!isSame && next.pa < last.pa + last.size', replacement: '!isSame && next.pa <= last.pa + last.size', tests: ['test/dumps/survey.test.ts'], why: 'structures side by side would seem to overlap' },
  { id: 'lint-queue-off', file: of('lint/queues.ts'), text: 'ENABLED[name](surveyed.registers) === 0', replacement: 'ENABLED[name](surveyed.registers) === 2', tests: LINT, why: 'a queue that is off would be judged' },
  { id: 'lint-told-with-another', file: of('lint/finding.ts'), text: 'last.rule === told.rule && last.sid === sid', replacement: 'last.rule === told.rule', tests: LINT, why: 'a finding of another stream would hide in the first' },
];
