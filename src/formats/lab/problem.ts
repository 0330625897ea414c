/** What is wrong in a lab document, at the exact token: for the editor's marks and for the command line. */
export type PartName = 'host' | 'guest' | 'steps';
export const PART_NAMES: readonly PartName[] = ['host', 'guest', 'steps'];

/** The three texts of a lab, as three editors or three files hold them. */
export type Documents = Readonly<Record<PartName, string>>;

export interface Range {
  /** 1-based, like the columns; the end is exclusive. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface Problem extends Range {
  readonly document: PartName;
  readonly severity: 'error' | 'warning';
  /** Stable, kebab-case. */
  readonly code: string;
  /** What is wrong and what was expected. */
  readonly message: string;
  /** What would be right in place of the marked text, where it is known. */
  readonly suggestion?: string;
}

/** A step down into a document: a key or an index. */
export type Path = readonly (string | number)[];

/** `vms[0].stage2.map[1]`. */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`), '');

/** The reverse of `pathText`. */
export const parsePath = (text: string): Path =>
  [...text.matchAll(/[^.[\]]+/g)].map(([step]) => (/^\d+$/.test(step) ? Number(step) : step));
