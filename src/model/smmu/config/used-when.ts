/** What `usedWhen` of the one table says of fields of STE and CD (IHI 0070 5.2, 5.4), as a test, and in words what holds where it fails. */
import { accessor, CD, NS_EL2, STE, streamWorld } from '../../spec/index.ts';
import type { Words } from '../../spec/fields.ts';
import type { Features, FieldDef, RecordDef } from '../../spec/index.ts';

/** A structure in hand: the STE, and the CD behind it. */
export interface InHand {
  readonly ste: Words;
  readonly cd: Words;
  readonly features: Features;
  readonly e2h: boolean;
}

const valid = accessor(STE, 'V');
const cdValid = accessor(CD, 'V');
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

interface Condition {
  used(one: InHand): boolean;
  otherwise(one: InHand): string;
}

const NO_STAGE_1 = 'stage 1 is bypassed';
const NO_STAGE_2 = 'stage 2 is bypassed';

const noSubstreams = (one: InHand): string => (stage1(one) ? 'the stream has no substreams' : NO_STAGE_1);

const USED_WHEN: Readonly<Record<string, Condition>> = {
  'Config = 1xx': { used: () => true, otherwise: () => 'the stream is aborted' },
  'Config = 1x1': { used: stage1, otherwise: () => NO_STAGE_1 },
  'Config = 11x': { used: stage2, otherwise: () => NO_STAGE_2 },
  'Config = 111': { used: nested, otherwise: () => 'the stream is not nested' },
  'Config = 111 and S1MPAM is 1': { used: (one) => nested(one) && s1Mpam(one.ste, 0) === 1, otherwise: (one) => (nested(one) ? 'S1MPAM is 0' : 'the stream is not nested') },
  'Config = 1x1 and IDR1.SSIDSIZE is not 0': { used: substreams, otherwise: noSubstreams },
  'Config = 1x1, S1CDMax and IDR1.SSIDSIZE are not 0': { used: (one) => substreams(one) && s1CDMax(one.ste, 0) > 0, otherwise: noSubstreams },
  'Config = 101 and IDR0.Hyp is 1; other streams are NS-EL1': { used: ({ ste, features }) => config(ste, 0) === 5 && features.hyp, otherwise: () => 'the stream is NS-EL1' },
  'Config = 11x, or Config = 101 with StreamWorld NS-EL1': { used: (one) => stage2(one) || (stage1(one) && !(one.features.hyp && strw(one.ste, 0) !== 0)), otherwise: () => 'stage 2 is bypassed, and the stream is not NS-EL1' },
  'Config is neither 0xx nor 100': { used: ({ ste }) => config(ste, 0) > 4, otherwise: () => 'both stages are bypassed' },
  'EPD0 is 0': { used: (one) => el2(one) || epd0(one.cd, 0) === 0, otherwise: () => 'EPD0 is 1' },
  'EPD1 is 0, not in EL2': { used: (one) => !el2(one) && epd1(one.cd, 0) === 0, otherwise: () => 'EPD1 is 1, or the stream is EL2' },
  'StreamWorld is EL1 or EL2-E2H': { used: (one) => !el2(one), otherwise: () => 'the stream is EL2' },
  'AA64 is 0': { used: ({ cd }) => aa64(cd, 0) === 0, otherwise: () => 'AA64 is 1' },
};

/** Null: nobody has said what the condition is. */
export const isUsedBy = (condition: string): ((one: InHand) => boolean) | null => USED_WHEN[condition]?.used ?? null;

/** Why an SMMU does not look at a field of this STE or CD, such as "stage 1 is bypassed"; null: it does, or nothing is said of it. */
export function whyIgnored(record: RecordDef, field: FieldDef, one: InHand): string | null {
  if (record === STE && field.name !== 'V') {
    if (valid(one.ste, 0) === 0) return 'the STE is not valid';
    if (config(one.ste, 0) < 4 && field.name !== 'Config') return 'the stream is aborted';
  }
  if (record === CD && field.name !== 'V' && cdValid(one.cd, 0) === 0) return 'the CD is not valid';
  const condition = field.usedWhen === undefined ? undefined : USED_WHEN[field.usedWhen];
  return condition === undefined || condition.used(one) ? null : condition.otherwise(one);
}
