/** CDs by the rules of the one table (IHI 0070 5.4). */
import { hex } from '../../base/address.ts';
import { num } from '../../lab/inspect/tables.ts';
import { hasBits } from '../../smmu/config/reserved-bits.ts';
import { CD, CD_RULES } from '../../spec/index.ts';
import type { ContextEntry, ContextSurvey } from '../contexts.ts';
import type { StreamEntry } from '../streams.ts';
import type { Surveyed } from '../surveyed.ts';
import type { Findings } from './finding.ts';
import { reservedMasks } from './reserved.ts';

const reservedMask = reservedMasks(CD);

export function lintCdTables({ sid, pa }: StreamEntry, { tables }: ContextSurvey, findings: Findings): void {
  for (const { kind, address, from, isThere } of tables) {
    if (isThere) continue;
    const what = kind === 'level-1' ? 'table of L1CDs' : 'CD';
    findings.add({ rule: 'cd.fetch', severity: 'error', message: `the ${what} of StreamID ${hex(sid)} at ${hex(address)} is in no memory`, sid, at: from ?? pa });
  }
}

export function lintCd({ sid, words: ste }: StreamEntry, { ssid, pa: at, words, fields }: ContextEntry, { features }: Surveyed, e2h: boolean, findings: Findings): void {
  const whose = `StreamID ${hex(sid)}${ssid === 0 ? '' : `, SubstreamID ${hex(ssid)}`}`;
  const say = (rule: string, severity: 'error' | 'warning' | 'information', message: string): void => findings.add({ rule, severity, message, sid, ssid, at });
  if (num(fields, 'V') === 0) {
    // Linux before 6.10 cleared only the first word of CDs that it had done with.
    const empty = words.every((word) => word === 0);
    return say('cd.v', ssid === 0 ? 'warning' : 'information', `the CD of ${whose} is ${empty ? 'all 0' : 'filled in but not valid: V is 0'}`);
  }
  for (const rule of CD_RULES) {
    if (rule.id !== 'cd.v' && rule.violated(words, 0, ste, 0, features, e2h)) say(rule.id, 'error', rule.message(words, 0, ste, 0, features, e2h));
  }
  if (hasBits(Int32Array.from(words), 0, reservedMask(features))) say('cd.reserved-bits', 'warning', `the CD of ${whose} has bits set that are reserved`);
  if (num(fields, 'EPD0') === 1 && num(fields, 'EPD1') === 1) say('s1.epd', 'warning', `EPD0 and EPD1 of ${whose} are 1: no address is translated`);
  if (num(fields, 'R') === 0) say('lint.cd.r', 'warning', `R of the CD of ${whose} is 0: faults of stage 1 are not recorded`);
}
