/** Stream table and STEs by the rules of the one table (IHI 0070 3.3.1, 5.2). */
import { hex } from '../../base/address.ts';
import { big, num } from '../../lab/inspect/tables.ts';
import { hasBits } from '../../smmu/config/reserved-bits.ts';
import { STE, STE_RULES } from '../../spec/index.ts';
import { isBypass, isValid, usesStage } from '../streams.ts';
import type { StreamEntry, StreamSurvey } from '../streams.ts';
import type { Surveyed } from '../surveyed.ts';
import type { Findings } from './finding.ts';
import { reservedMasks } from './reserved.ts';

const reservedMask = reservedMasks(STE);

export function lintStreamTable({ table, base, tables }: StreamSurvey, { memory }: Surveyed, findings: Findings): void {
  if (table.misaligned) findings.add({ rule: 'lint.strtab.alignment', severity: 'error', message: `STRTAB_BASE is not aligned to the size of the stream table: the SMMU reads at ${hex(base)}`, at: base });
  if (memory.read64(base) === null) findings.add({ rule: 'ste.fetch', severity: 'error', message: `the stream table at ${hex(base)} is in no memory`, at: base });
  for (const { pa, first, count, from, isThere } of tables) {
    if (from === null || isThere) continue;
    findings.add({ rule: 'ste.fetch', severity: 'error', message: `L1STD ${from.index} leads to STEs of StreamIDs ${hex(first)} to ${hex(first + count - 1)} at ${hex(pa)}, which is in no memory`, at: from.pa });
  }
}

export function lintSte(stream: StreamEntry, { features }: Surveyed, findings: Findings): void {
  const { sid, words, fields, pa: at } = stream;
  const say = (rule: string, severity: 'error' | 'warning' | 'information', message: string): void => findings.add({ rule, severity, message, sid, at });
  if (!isValid(stream)) return say('ste.v', 'warning', `the STE of StreamID ${hex(sid)} is filled in but not valid: V is 0`);
  const config = num(fields, 'Config');
  for (const rule of STE_RULES) {
    if (rule.id !== 'ste.v' && rule.configs.includes(config) && rule.violated(words, 0, features)) say(rule.id, 'error', rule.message(words, 0, features));
  }
  if (hasBits(Int32Array.from(words), 0, reservedMask(features))) say('ste.reserved-bits', 'warning', `the STE of StreamID ${hex(sid)} has bits set that are reserved`);
  if (config < 4 && (big(fields, 'S1ContextPtr') !== 0n || big(fields, 'S2TTB') !== 0n)) say('lint.ste.leftover', 'warning', `StreamID ${hex(sid)} is set to abort, yet its STE leads to ${big(fields, 'S1ContextPtr') === 0n ? 'tables of stage 2' : 'a CD'}: all its accesses end silently`);
  if (features.ssidSize === 0 && usesStage(stream, 1) && num(fields, 'S1CDMax') !== 0) say('ste.s1cdmax', 'warning', `S1CDMax of StreamID ${hex(sid)} is ${num(fields, 'S1CDMax')}, but this SMMU has no SubstreamIDs: the architecture ignores it, QEMU calls the STE ILLEGAL`);
  if (usesStage(stream, 2) && num(fields, 'S2R') === 0) say('lint.ste.s2r', 'warning', `S2R of StreamID ${hex(sid)} is 0: faults of stage 2 are not recorded`);
  if (isBypass(stream)) say('lint.bypass', 'information', `StreamID ${hex(sid)} bypasses translation: it reaches all of memory`);
}
