import { CD } from '../cd.ts';
import { COMMANDS } from '../commands.ts';
import { EVENTS } from '../events.ts';
import { isNamed } from '../fields.ts';
import type { CaseDef, FieldDef, RecordDef } from '../fields.ts';
import { ECMDQ, REGISTERS } from '../registers.ts';
import { RULES } from '../rules/registry.ts';
import { STE } from '../ste.ts';
import { CHECKS } from './checks.ts';
import { GOTCHAS } from './gotchas.ts';

/** One thing that the architecture says and that a test must show. */
export interface CoverageRow {
  /** As tests name it in square brackets in their titles: `event.F_TRANSLATION`, `ste.S2S`, `rule.ste.s2tg`, `order.4.1.7`, `gotcha.12`. */
  readonly id: string;
  readonly what: string;
  readonly section: string;
}

/** Features that a Non-secure SMMUv3.2 without MPAM and the like cannot have: refused in lab documents, and not modelled. */
const OUTSIDE = ['Secure', 'MPAM', 'DPT', 'BTM', 'PBHA', 'MEC', 'THE', 'D128', 'DS', 'RME'];
const LATER = /^v3\.[3-9]$/;

interface Scoped {
  readonly needs?: string;
  readonly since?: string;
}
const inScope = ({ needs = '', since = '' }: Scoped): boolean => !LATER.test(since) && !OUTSIDE.includes(needs);

/** Fields with a meaning here; constants of a register (reserved codes, a fixed version) mean nothing to a test. */
const counts = (field: FieldDef): boolean => isNamed(field) && field.kind !== 'ignored' && inScope(field);

const fieldRows = (prefix: string, record: RecordDef): CoverageRow[] =>
  record.fields.filter(counts).map((field) => ({ id: `${prefix}.${field.name}`, what: field.doc, section: field.section }));

const caseRows = (prefix: string, cases: readonly CaseDef[]): CoverageRow[] =>
  cases.filter(inScope).map((one) => ({ id: `${prefix}.${one.id}`, what: one.doc, section: one.section }));

/** Everything that a test must show, in the order of the architecture's chapters. */
export function coverageRows(): CoverageRow[] {
  const registers = [...REGISTERS.values()].filter(inScope);
  return [
    ...caseRows('event', EVENTS.cases),
    ...caseRows('command', COMMANDS.cases),
    ...registers.flatMap((register) => fieldRows(`register.${register.id}`, register)),
    ...ECMDQ.flatMap((record) => fieldRows(`register.${record.id}`, record)),
    ...fieldRows('ste', STE),
    ...fieldRows('cd', CD),
    ...RULES.slice(1).map(({ id, doc, section }) => ({ id: `rule.${id}`, what: doc, section })),
    ...CHECKS.map(({ id, what, section }) => ({ id: `order.${id}`, what, section })),
    ...GOTCHAS.map(({ number, what }) => ({ id: `gotcha.${number}`, what, section: '' })),
  ];
}
