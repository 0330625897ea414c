/** Translation tables descriptor by descriptor (IHI 0070 3.3.5, 3.4, 3.13). */
import { hex } from '../../base/address.ts';
import { num } from '../../lab/inspect/tables.ts';
import type { Fields, Table } from '../../lab/inspect/tables.ts';
import { ADDRESS_BITS } from '../../spec/features.ts';
import type { Features } from '../../spec/index.ts';
import type { StreamEntry } from '../streams.ts';
import { usesStage } from '../streams.ts';
import type { AddressView } from '../surveyed.ts';
import { TableWalk } from '../table-walk.ts';
import type { Descriptor } from '../table-walk.ts';
import type { Findings } from './finding.ts';

/** Which structure says what holds for all of its tables. */
export interface Root {
  readonly stream: StreamEntry;
  /** null: stage 2. */
  readonly ssid: number | null;
  /** Its CD, or the STE. */
  readonly fields: Fields;
  /** PA of that. */
  readonly at: bigint | null;
}

/** DDI 0487: descriptor bits [49:48] hold an address only with 52 bits in pages of 4K and 16K, which the SMMU has not. */
const RESERVED = 3n << 48n;
const AF = 1n << 10n;

/** Bits of output address that a stage may use: IPS or S2PS, and never more than OAS (3.4). */
function outputBits({ fields, stream }: Root, stage: 1 | 2, features: Features): number {
  const said = ADDRESS_BITS[num(fields, stage === 1 ? 'IPS' : 'S2PS')]!;
  return stage === 1 && usesStage(stream, 2) ? Math.min(said, 52) : Math.min(said, features.oas);
}

/** An access flag of 0 faults, unless something settles it. */
function flagFaults({ fields }: Root, stage: 1 | 2): boolean {
  const [ignored, updated] = stage === 1 ? ['AFFD', 'HA'] : ['S2AFFD', 'S2HA'];
  return num(fields, ignored!) === 0 && num(fields, updated!) === 0;
}

/** Counts leaves; `seen` holds tables that were looked at with other streams. */
export function lintTables(root: Root, table: Table, view: AddressView, features: Features, seen: Set<string>, findings: Findings): number {
  const { stream: { sid }, ssid } = root;
  const { stage } = table;
  const [limit, faults] = [1n << BigInt(outputBits(root, stage, features)), flagFaults(root, stage)];
  let leaves = 0;
  const say = (rule: string, severity: 'error' | 'warning', message: string, { at, from }: Pick<Descriptor, 'at' | 'from'>): void =>
    findings.add({ rule, severity, message, sid, ssid, at: view.toPa(at), input: BigInt.asUintN(64, from) });
  const descriptor = (one: Descriptor): void => {
    const { kind, level, word, output, from, at } = one;
    const where = `stage ${stage} level ${level} descriptor ${hex(word)} at ${hex(at)} (${stage === 1 ? 'IOVA' : 'IPA'} ${hex(BigInt.asUintN(64, from))})`;
    if (kind === 'reserved') return say(`s${stage}.reserved`, 'error', `the ${where} is of a type that level ${level} does not have`, one);
    if ((word & RESERVED) !== 0n) say('lint.descriptor.reserved-bits', 'warning', `the ${where} has bits [49:48] set, which are reserved`, one);
    if (output >= limit) return say(kind === 'table' ? `s${stage}.table-size` : `s${stage}.output-size`, 'error', `the ${where} leads to ${hex(output)}, beyond ${limit.toString(2).length - 1} bits of output address`, one);
    if (kind !== 'leaf') return;
    leaves++;
    if (faults && (word & AF) === 0n) say(`s${stage}.access-flag`, 'warning', `the ${where} has an access flag of 0, and nothing sets it: every access faults`, one);
  };
  const visit = (at: bigint, _size: number, level: number, isThere: boolean, from: Descriptor | null): boolean => {
    if (!isThere) {
      const what = `the stage ${stage} level ${level} table of StreamID ${hex(sid)} at ${hex(at)} is in no memory`;
      if (from === null) findings.add({ rule: `s${stage}.walk-abort`, severity: 'error', message: what, sid, ssid, at: root.at });
      else if (from.output < limit) say(`s${stage}.walk-abort`, 'error', `${what}: descriptor ${hex(from.word)} at ${hex(from.at)} leads there`, from);
      return false;
    }
    const key = `${view.space}:${view.toPa(at)}:${level}:${stage}:${table.granule}`;
    if (seen.has(key)) {
      // It was counted with another stream.
      leaves++;
      return false;
    }
    seen.add(key);
    return true;
  };
  const ended = new TableWalk(view, features, { table: visit, descriptor }).walk(table);
  if (!ended) findings.add({ rule: 'lint.tables.too-many', severity: 'warning', message: `StreamID ${hex(sid)} has more tables than are read: do they lead back into themselves?`, sid, ssid, at: root.at });
  return leaves;
}
