import { assert } from '../../base/assert.ts';
import { accessor, CD, NS_EL2, STE, streamWorld } from '../../spec/index.ts';
import type { Features, FieldDef, RecordDef } from '../../spec/index.ts';
import { isPresent } from '../registers/presence.ts';
import { bitsOf, isReserved } from './reserved-bits.ts';

/** A structure in hand: the STE, and the CD behind it. */
export interface InHand {
  readonly ste: Int32Array;
  readonly cd: Int32Array;
  readonly features: Features;
  readonly e2h: boolean;
}

const config = accessor(STE, 'Config');
const s1CDMax = accessor(STE, 'S1CDMax');
const s1Mpam = accessor(STE, 'S1MPAM');
const strw = accessor(STE, 'STRW');
const epd0 = accessor(CD, 'EPD0');
const epd1 = accessor(CD, 'EPD1');
const aa64 = accessor(CD, 'AA64');

const stage1 = ({ ste }: InHand): boolean => (config(ste, 0) & 5) === 5;
const stage2 = ({ ste }: InHand): boolean => (config(ste, 0) & 6) === 6;
const nested = ({ ste }: InHand): boolean => config(ste, 0) === 7;
const substreams = (one: InHand): boolean => stage1(one) && one.features.ssidSize > 0;
const el2 = ({ ste, features, e2h }: InHand): boolean => streamWorld(ste, 0, features, e2h) === NS_EL2;

/** What `usedWhen` of the one table says of fields of STE and CD (IHI 0070 5.2, 5.4), as a test. */
const USED_WHEN: Readonly<Record<string, (one: InHand) => boolean>> = {
  'Config = 1xx': () => true,
  'Config = 1x1': stage1,
  'Config = 11x': stage2,
  'Config = 111': nested,
  'Config = 111 and S1MPAM is 1': (one) => nested(one) && s1Mpam(one.ste, 0) === 1,
  'Config = 1x1 and IDR1.SSIDSIZE is not 0': substreams,
  'Config = 1x1, S1CDMax and IDR1.SSIDSIZE are not 0': (one) => substreams(one) && s1CDMax(one.ste, 0) > 0,
  'Config = 101 and IDR0.Hyp is 1; other streams are NS-EL1': ({ ste, features }) => config(ste, 0) === 5 && features.hyp,
  'Config = 11x, or Config = 101 with StreamWorld NS-EL1': (one) => stage2(one) || (stage1(one) && !(one.features.hyp && strw(one.ste, 0) !== 0)),
  'Config is neither 0xx nor 100': ({ ste }) => config(ste, 0) > 4,
  'EPD0 is 0': (one) => el2(one) || epd0(one.cd, 0) === 0,
  'EPD1 is 0, not in EL2': (one) => !el2(one) && epd1(one.cd, 0) === 0,
  'StreamWorld is EL1 or EL2-E2H': (one) => !el2(one),
  'AA64 is 0': ({ cd }) => aa64(cd, 0) === 0,
};

/** Set by drivers in every STE, whether used or not, as they say what 0 would not: incoming shareability, no stream without SubstreamID, no Device walks. */
const HARMLESS: readonly string[] = ['SHCFG', 'S1DSS', 'S2PTW'];

interface Group {
  readonly used: (one: InHand) => boolean;
  readonly fields: readonly FieldDef[];
  readonly bits: Int32Array;
}

/** Which fields of an STE or a CD are ignored although they are set. */
export class IgnoredFields {
  readonly #groups: readonly Group[];

  constructor(record: RecordDef, features: Features) {
    const fields = record.fields.filter((field) => !HARMLESS.includes(field.name) && !isReserved(field, features));
    const group = (used: Group['used'], of: readonly FieldDef[]): Group => ({ used, fields: of, bits: bitsOf(record, (field) => of.includes(field)) });
    const conditions = new Set(fields.flatMap(({ usedWhen }) => (usedWhen === undefined ? [] : [usedWhen])));
    this.#groups = [
      group(() => false, fields.filter((field) => !isPresent(field, features))),
      ...[...conditions].map((condition) => {
        const used = USED_WHEN[condition];
        assert(used !== undefined, `${record.id}: there is a test for ${condition}`);
        return group(used, fields.filter(({ usedWhen }) => usedWhen === condition));
      }),
    ];
  }

  /** Of the structure in `words`. */
  of(words: Int32Array, one: InHand): readonly FieldDef[] {
    return this.#groups
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
