/** The fields that the rule looked at by which a transaction ended, each with the word that holds it. */
import { REGISTERS } from '../../model/spec/index.ts';
import type { Rule } from '../../model/spec/index.ts';
import type { DecidingField, Field, WalkCell, WalkView } from '../../protocol/contract.ts';

/** A cell of a walk, where it is, and what it is called. */
interface Holder {
  readonly label: string;
  readonly place: readonly [row: number, column: number];
  readonly cell: WalkCell;
}

const READ_COLUMN = 4;
const isOfTables = (field: string): boolean => field.endsWith('Table') && field !== 'NextTable';
const fieldOf = ({ cell }: Holder, name: string): Field | undefined => cell.fields?.find((one) => one.name === name);

/** `own`: the walk of the transaction; `held`: the same with what cache entries were made from in place of the hits. */
export function decidingFields(own: WalkView, held: () => WalkView, rule: Rule): DecidingField[] {
  if (rule.fields.length === 0) return [];
  let made: WalkView | undefined;
  const row = own.rows[own.faultCell?.[0] ?? -1]?.label;
  return rule.fields.flatMap((named): DecidingField[] => {
    const [holder, field] = partsOf(named, rule);
    if (REGISTERS.has(holder)) return [{ name: `${holder}.${field}`, field, value: null, register: holder }];
    const here = holdersOf(own, holder, field, row);
    if (here.length > 0) return here.map((one) => ({ ...common(one, field), cell: [...one.place] }));
    made ??= held();
    return holdersOf(made, holder, field, row).map((one) => ({ ...common(one, field), source: sourceOf(one) }));
  });
}

/** Rules of the legality of an STE or CD name its fields without it. */
function partsOf(named: string, { id }: Rule): readonly [holder: string, field: string] {
  const dot = named.indexOf('.');
  return dot < 0 ? [id.startsWith('ste.') ? 'STE' : 'CD', named] : [named.slice(0, dot), named.slice(dot + 1)];
}

const common = (holder: Holder, field: string): Pick<DecidingField, 'name' | 'field' | 'value'> => ({ name: `${holder.label}${/^S[12]/.test(holder.label) ? ' ' : '.'}${field}`, field, value: fieldOf(holder, field)?.value ?? null });

const sourceOf = ({ label, cell }: Holder): NonNullable<DecidingField['source']> => ({ title: label, address: cell.address, words: cell.words ?? [], fields: cell.fields ?? [] });

/** `row`: that of the fault. Of a structure its own cell; of a stage the descriptor that decided, and of what tables take away those that take something. */
function holdersOf(view: WalkView, holder: string, field: string, row: string | undefined): Holder[] {
  const stage = /^S([12])$/.exec(holder)?.[1];
  const all = cellsOf(view).filter((one) => (stage === undefined ? one.label === holder : one.cell.stage === Number(stage)) && fieldOf(one, field) !== undefined);
  if (isOfTables(field)) return all.filter((one) => BigInt(fieldOf(one, field)!.raw) !== 0n);
  const faulty = all.find(({ cell }) => cell.verdict === 'fault');
  const beside = all.filter(({ place }) => view.rows[place[0]]?.label === row);
  return [faulty ?? beside.at(-1) ?? all.at(-1)].filter((one) => one !== undefined);
}

function cellsOf(view: WalkView): Holder[] {
  return view.rows.flatMap(({ label, cells }, row) =>
    cells.flatMap((cell, column): Holder[] => (cell === null || cell.kind === 'skipped' ? [] : [{ label: column === READ_COLUMN ? label : `S2 L${column}`, place: [row, column], cell }])),
  );
}
