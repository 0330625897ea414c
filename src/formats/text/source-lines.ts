/**
 * The lines of a text as whoever wrote it meant them: a mail's quoting is taken off, and a line that is a journald entry
 * (`journalctl -o json`) is its message. Each keeps the number of the line it stands in.
 */
export interface SourceLine {
  /** 1-based line of the text. */
  readonly number: number;
  readonly text: string;
}

/** `> > ` of a mail that quotes a mail. */
const QUOTING = /^(?:[ \t]*>)+ ?/;
const MICROSECONDS = 1e6;

/** MESSAGE is a string, or its bytes where journald found it unprintable. */
function messageOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || !value.every((byte) => typeof byte === 'number')) return null;
  return value.map((byte) => String.fromCharCode(byte & 0xff)).join('');
}

/** A journald entry as the kernel would print it, or null. */
function journalLine(text: string): string | null {
  if (!text.startsWith('{') || !text.includes('"MESSAGE"')) return null;
  try {
    const entry = JSON.parse(text) as Record<string, unknown>;
    const message = messageOf(entry['MESSAGE']);
    if (message === null) return null;
    const time = Number(entry['_SOURCE_MONOTONIC_TIMESTAMP'] ?? entry['__MONOTONIC_TIMESTAMP'] ?? Number.NaN);
    return Number.isFinite(time) ? `[${(time / MICROSECONDS).toFixed(6)}] ${message}` : message;
  } catch {
    return null;
  }
}

/** Every line of `text`, empty ones too. */
export function sourceLines(text: string): SourceLine[] {
  return text.split('\n').map((raw, index) => {
    const bare = raw.trimEnd().replace(QUOTING, '');
    return { number: index + 1, text: journalLine(bare) ?? bare };
  });
}
