/** Every record of the table by its name, for whoever looks one up by name: the CLI, hover texts, filters, tests. */
import { CD } from './cd.ts';
import { COMMANDS } from './commands.ts';
import { DESCRIPTORS } from './descriptors.ts';
import { EVENTS } from './events.ts';
import type { RecordDef } from './layout.ts';
import { L1CD, L1STD } from './level-1-descriptors.ts';
import { PRI_ENTRY } from './pri.ts';
import { ATOS_FAULT, ECMDQ, REGISTERS } from './registers.ts';
import { STE } from './ste.ts';

const ALL: readonly RecordDef[] = [
  STE, CD, L1STD, L1CD,
  ...DESCRIPTORS,
  ...COMMANDS.cases,
  ...EVENTS.cases,
  PRI_ENTRY,
  ...REGISTERS.values(),
  ATOS_FAULT,
  ...ECMDQ,
];

/** By name: 'STE', 'S2_PAGE_4K', 'CMD_SYNC', 'F_TRANSLATION', 'CR0', ... */
export const RECORDS: ReadonlyMap<string, RecordDef> = new Map(ALL.map((record) => [record.id, record]));
