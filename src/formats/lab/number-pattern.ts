/** Regular expressions of the numbers up to a limit as a document writes them in text, so that a JSON Schema takes what the parser takes. */

const UNITS = [['', 0n], ['[Kk]', 10n], ['[Mm]', 20n], ['[Gg]', 30n], ['[Tt]', 40n]] as const;

/** One digit from 0 to `top`. */
function digits(top: number): string {
  if (top < 10) return top === 0 ? '0' : `[0-${top}]`;
  const letters = top === 10 ? ['a', 'A'] : [`a-${top.toString(16)}`, `A-${top.toString(16).toUpperCase()}`];
  return `[0-9${letters.join('')}]`;
}

/** The digit itself, in either case. */
const same = (digit: string): string => (/\d/.test(digit) ? digit : `[${digit}${digit.toUpperCase()}]`);

/** Numerals of at most as many digits as `limit` that are not above it; each digit may have underscores behind it. */
function notAbove(limit: string, base: 10 | 16): string {
  const any = digits(base - 1);
  const first = parseInt(limit[0]!, base);
  const rest = limit.slice(1);
  if (rest === '') return `${digits(first)}_*`;
  const shorter = `(?:${any}_*){1,${rest.length}}`;
  if ([...limit].every((digit) => parseInt(digit, base) === base - 1)) return `(?:${any}_*){1,${limit.length}}`;
  return `${shorter}|${withPrefix('', limit, base)}`;
}

/** Numerals of exactly as many digits as `limit`: smaller in the first digit, or alike there and not above in the others. */
function withPrefix(prefix: string, limit: string, base: 10 | 16): string {
  const any = digits(base - 1);
  const first = parseInt(limit[0]!, base);
  const rest = limit.slice(1);
  if (rest === '') return `${prefix}${digits(first)}_*`;
  if ([...limit].every((digit) => parseInt(digit, base) === base - 1)) return `${prefix}(?:${any}_*){${limit.length}}`;
  const below = first === 0 ? [] : [`${prefix}${digits(first - 1)}_*(?:${any}_*){${rest.length}}`];
  return [...below, withPrefix(`${prefix}${same(limit[0]!)}_*`, rest, base)].join('|');
}

const numeral = (limit: bigint): string => `(?:0[xX]_*(?:0_*)*(?:${notAbove(limit.toString(16), 16)})|(?:0_*)*(?:${notAbove(limit.toString(10), 10)}))`;

/** Hundreds of fields have few limits between them. */
const made = new Map<bigint, string>();

/** Text of a number from 0 to `max`, without anchors. */
export function numberUpTo(max: bigint): string {
  const known = made.get(max);
  if (known !== undefined) return known;
  const forms = UNITS.map(([unit, shift]) => (unit === '' ? numeral(max) : `${numeral(max >> shift)}${unit}(?:[iI]?[bB])?`));
  const text = `(?:${forms.join('|')})`;
  made.set(max, text);
  return text;
}

/** Text of any number at all. */
export const ANY_NUMBER = '(?:0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|[0-9][0-9_]*)(?:[KMGTkmgt](?:[iI]?[bB])?)?';

const whole = (pattern: string): string => `^${pattern}$`;

/** JSON Schema of a number within limits: an integer, or text. */
export function numberSchema(min: bigint, max: bigint) {
  return {
    type: ['integer', 'string'] as ['integer', 'string'],
    minimum: Number(min),
    maximum: Number(max),
    pattern: whole(numberUpTo(max)),
    ...(min === 0n ? {} : { not: { type: 'string' as const, pattern: whole(numberUpTo(min - 1n)) } }),
  };
}
