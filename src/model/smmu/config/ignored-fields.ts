import { assert } from '../../base/assert.ts';
import type { Features, FieldDef, RecordDef } from '../../spec/index.ts';
import { isPresent } from '../registers/presence.ts';
import { bitsOf, isReserved } from './reserved-bits.ts';
import { isUsedBy } from './used-when.ts';
import type { InHand } from './used-when.ts';

/** Set by drivers in every STE, whether used or not, as they say what 0 would not: incoming shareability, no stream without SubstreamID, no Device walks. */
const HARMLESS: readonly string[] = ['SHCFG', 'S1DSS', 'S2PTW'];

interface Group {
  readonly used: (one: InHand) => boolean;
  readonly fields: readonly FieldDef[];
  readonly bits: Int32Array;
}

/** Which fields of an STE or a CD are ignored although they are set. */
export class IgnoredFields {
  private readonly groups: readonly Group[];

  constructor(record: RecordDef, features: Features) {
    const fields = record.fields.filter((field) => !HARMLESS.includes(field.name) && !isReserved(field, features));
    const group = (used: Group['used'], of: readonly FieldDef[]): Group => ({ used, fields: of, bits: bitsOf(record, (field) => of.includes(field)) });
    const conditions = new Set(fields.flatMap(({ usedWhen }) => (usedWhen === undefined ? [] : [usedWhen])));
    this.groups = [
      group(() => false, fields.filter((field) => !isPresent(field, features))),
      ...[...conditions].map((condition) => {
        const used = isUsedBy(condition);
        assert(used !== null, `${record.id}: there is a test for ${condition}`);
        return group(used, fields.filter(({ usedWhen }) => usedWhen === condition));
      }),
    ];
  }

  /** Of the structure in `words`. */
  of(words: Int32Array, one: InHand): readonly FieldDef[] {
    return this.groups
      .filter(({ used, bits }) => bits.some((mask, i) => (words[i]! & mask) !== 0) && !used(one))
      .flatMap(({ fields }) => fields.filter((field) => isSet(words, field)))
      .sort((a, b) => a.lo - b.lo);
  }
}

/** Some bit of the field is set. */
export function isSet(words: Int32Array, { hi, lo }: FieldDef): boolean {
  for (let bit = lo; bit <= hi; bit++) if (((words[bit >>> 5]! >>> (bit & 31)) & 1) === 1) return true;
  return false;
}
