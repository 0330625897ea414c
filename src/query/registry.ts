/** The fields that a list can be filtered by, found by name. */
import { nearest } from '../model/spec/nearest.ts';
import { landmarkOf, suggestLandmark } from './age.ts';
import { defineField } from './field.ts';
import type { Field } from './field.ts';
import { eventDevice, eventOwnFields, recordFields, transactionFields } from './row-fields.ts';
import type { Devices } from './row-fields.ts';
import { EVENT_FIELDS, OTHER_STRUCTURE_FIELDS } from './structure-fields.ts';

/** What a filter is applied to: transactions with the event each made, events with the transaction of each, all trace records. */
export const LISTS = ['transactions', 'events', 'records'] as const;
export type List = (typeof LISTS)[number];

export class Registry {
  readonly list: List;
  /** In the order in which they are offered; first those that the list has. */
  readonly fields: readonly Field[];
  readonly #byName = new Map<string, Field>();
  readonly #byFolded = new Map<string, Field>();

  constructor(list: List, fields: readonly Field[]) {
    this.list = list;
    this.fields = fields;
    for (const field of fields) {
      for (const name of [field.name, ...field.aliases]) {
        this.#byName.set(name, field);
        this.#byFolded.set(name.toLowerCase(), field);
      }
    }
  }

  /** By name or alias, else in any case: cmd.Size and cmd.SIZE are two. */
  find(name: string): Field | undefined {
    return this.#byName.get(name) ?? this.#byFolded.get(name.toLowerCase());
  }

  /** As a filter names it: a field of the list, or `age(NAME)`. */
  asked(name: string): Field | undefined {
    const since = landmarkOf(/^age\((.*)\)$/.exec(name)?.[1] ?? '');
    const txn = this.find('txn');
    if (since === undefined || txn === undefined) return this.find(name);
    const { bits, places, column } = txn;
    return defineField({ name, type: 'number', bits, doc: 'Transactions begun since the last record of a kind.', places, column, since });
  }

  /** The known name that is nearest to a mistyped one: a field of the list itself before one of another. */
  suggest(name: string): string | null {
    const names = (fields: readonly Field[]): string[] => fields.flatMap((field) => [field.name, ...field.aliases]);
    const here = this.fields.filter(({ places }) => places.length > 0);
    const last = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
    const sameEnd = here.find((field) => field.name.toLowerCase().endsWith(`.${last}`));
    return sameEnd?.name ?? nearest(name, names(here)) ?? nearest(name, names(this.fields));
  }

  /** The same, of what stands in the brackets of age( ). */
  suggestSince(name: string): string | null {
    return suggestLandmark(name);
  }
}

/** Later fields replace earlier ones of their name. */
function byName(...groups: readonly (readonly Field[])[]): Field[] {
  const fields = new Map<string, Field>();
  for (const field of groups.flat()) fields.set(field.name, field);
  return [...fields.values()];
}

/** Fields of other lists, known but never there: a filter that asks for one is not wrong, but never true. */
const absent = (fields: readonly Field[]): readonly Field[] => fields.map((field) => ({ ...field, places: [], column: null }));

/** The registry of a list. `devices` gives the names that `device` may be compared with. */
export function registryOf(list: List, devices: Devices = []): Registry {
  const named = [...devices];
  const records = [...recordFields(named), ...EVENT_FIELDS, ...OTHER_STRUCTURE_FIELDS];
  const transactions = transactionFields(named);
  if (list === 'records') return new Registry(list, byName(absent(transactions), records));
  const own = list === 'transactions' ? [] : [...eventOwnFields(), eventDevice(named)];
  const here = byName(transactions, own, EVENT_FIELDS);
  const names = new Set(here.map(({ name }) => name));
  return new Registry(list, [...here, ...absent(records.filter(({ name }) => !names.has(name)))]);
}
