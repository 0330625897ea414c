import { CD, L1CD, L1STD, STE } from '../../spec/index.ts';
import { accessor } from '../../spec/layout.ts';
import type { Features } from '../../spec/features.ts';
import type { FieldDef, RecordDef } from '../../spec/fields.ts';
import type { MisuseId } from '../../spec/misuse.ts';
import { IgnoredFields, isSet } from '../config/ignored-fields.ts';
import { isReserved } from '../config/reserved-bits.ts';
import { STRUCTURE } from './read.ts';
import type { Read } from './read.ts';

/** Fields of a structure that should be 0. */
export interface OddFields {
  readonly id: MisuseId;
  readonly fields: readonly FieldDef[];
}

const RECORDS: readonly RecordDef[] = [L1STD, STE, L1CD, CD];
const steValid = accessor(STE, 'V');
const steConfig = accessor(STE, 'Config');
const cdValid = accessor(CD, 'V');

/** Looks at each structure that is fetched for fields that are set and should be 0 (IHI 0070 5); tells of the same ones once. */
export class SetFields {
  private readonly features: Features;
  private readonly reserved: readonly (readonly FieldDef[])[];
  private readonly ignored: Readonly<Record<number, IgnoredFields>>;
  /** Of the structure at an address, what was told last. */
  private readonly told = new Map<number, string>();

  constructor(features: Features) {
    this.features = features;
    this.reserved = RECORDS.map(({ fields }) => fields.filter((field) => isReserved(field, features)));
    this.ignored = { [STRUCTURE.STE]: new IgnoredFields(STE, features), [STRUCTURE.CD]: new IgnoredFields(CD, features) };
  }

  reset(): void {
    this.told.clear();
  }

  /** `ste`: the STE behind which a CD is. */
  look({ structure, address, words }: Read, ste: Int32Array | null, e2h: boolean): readonly OddFields[] {
    const found = this.#find(structure, words, ste, e2h);
    const text = found.flatMap(({ fields }) => fields.map(({ lo }) => lo)).join();
    if ((this.told.get(address) ?? '') === text) return [];
    this.told.set(address, text);
    return found;
  }

  #find(structure: number, words: Int32Array, ste: Int32Array | null, e2h: boolean): readonly OddFields[] {
    if (isUnused(structure, words)) return [];
    const reserved = this.reserved[structure]!.filter((field) => isSet(words, field));
    const inHand = { ste: structure === STRUCTURE.STE ? words : ste, cd: words, features: this.features, e2h };
    const ignored = inHand.ste === null ? [] : (this.ignored[structure]?.of(words, { ...inHand, ste: inHand.ste }) ?? []);
    return [
      ...(reserved.length === 0 ? [] : [{ id: 'structure-reserved-bits', fields: reserved } as const]),
      ...(ignored.length === 0 ? [] : [{ id: 'structure-ignored-fields', fields: ignored } as const]),
    ];
  }
}

/** 5.2, 5.4: what is not valid, and an STE that aborts, has no other fields. */
const isUnused = (structure: number, words: Int32Array): boolean =>
  structure === STRUCTURE.STE ? steValid(words, 0) === 0 || steConfig(words, 0) < 4 : structure === STRUCTURE.CD && cdValid(words, 0) === 0;
