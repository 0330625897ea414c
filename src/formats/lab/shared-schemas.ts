/**
 * Numbers of a JSON Schema that stand in several places, named once: the pattern of a number as a document writes it in text is half
 * a kilobyte, and every field of every structure has one.
 */
type Json = Record<string, unknown>;

const ALL_ONES = 2n ** 64n - 1n;
/** What a place says for itself: beside a $ref it stands as it did. */
const OWN = ['description', 'default'] as const;

const hexOf = (value: unknown): string => {
  const whole = BigInt(value as number);
  return `0x${(whole > ALL_ONES ? ALL_ONES : whole).toString(16)}`;
};

/** `number-0x0-0xffff`, `text`; with a number behind it where others have it already. */
function nameOf({ minimum, maximum, multipleOf }: Json, taken: Json): string {
  const range = maximum === undefined ? 'text' : `number-${hexOf(minimum ?? 0)}-${hexOf(maximum)}`;
  const name = multipleOf === undefined ? range : `${range}-by-${hexOf(multipleOf)}`;
  let free = name;
  for (let n = 2; free in taken; n++) free = `${name}-${n}`;
  return free;
}

function partsOf(schema: Json): { readonly own: Json; readonly shared: Json } {
  const own = Object.fromEntries(Object.entries(schema).filter(([key]) => OWN.some((one) => one === key)));
  const shared = Object.fromEntries(Object.entries(schema).filter(([key]) => !(key in own)));
  return { own, shared };
}

/** A `pattern` that is a text is the keyword, not a property of that name. */
const isPattern = (value: unknown): value is Json => typeof value === 'object' && value !== null && typeof (value as Json)['pattern'] === 'string';

function count(value: unknown, times: Map<string, number>): void {
  if (typeof value !== 'object' || value === null) return;
  if (isPattern(value)) {
    const key = JSON.stringify(partsOf(value).shared);
    times.set(key, (times.get(key) ?? 0) + 1);
  }
  for (const one of Object.values(value)) count(one, times);
}

/** The same schema, with what repeats in its $defs. */
export function shareNumbers(schema: Json): Json {
  const times = new Map<string, number>();
  count(schema, times);
  const definitions: Json = { ...(schema['$defs'] as Json | undefined) };
  const names = new Map<string, string>();
  const found: Record<string, Json> = {};
  for (const [key, often] of times) {
    if (often < 2) continue;
    const shared = JSON.parse(key) as Json;
    const name = nameOf(shared, { ...definitions, ...found });
    names.set(key, name);
    found[name] = shared;
  }
  const referring = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(referring);
    if (isPattern(value)) {
      const { own, shared } = partsOf(value);
      const name = names.get(JSON.stringify(shared));
      if (name !== undefined) return { $ref: `#/$defs/${name}`, ...own };
    }
    return within(value as Json);
  };
  const within = (value: Json): Json => Object.fromEntries(Object.entries(value).map(([key, one]) => [key, referring(one)]));
  const { $defs, ...rest } = within(schema);
  const named = Object.entries(found).map(([name, one]) => [name, within(one)] as const);
  return { ...rest, $defs: { ...($defs as Json | undefined), ...Object.fromEntries(named) } };
}
