/** Words that steer the console itself, beside the verbs. */
export const CONTROLS = {
  run: "does the steps of the lab's documents that are left",
  step: 'does the next step of the documents, or the next N: step N',
  steps: "lists the steps of the documents; > marks the next one",
  reset: 'builds the machine anew from the documents: nothing of the steps and verbs remains',
  summary: 'expectations, transactions, faults and events so far, and the digest of the trace',
  help: 'lists verbs and these words; help VERB shows the keys of a verb',
  quit: 'ends, as the end of the input does',
} as const;

export type Control = keyof typeof CONTROLS;

export interface Controlled {
  readonly word: Control;
  /** What stands behind it; empty: nothing. */
  readonly argument: string;
}

/** A line of text, or of JSON (`{"step": 2}`, `"run"`), that is a control word; null: it is not. */
export function controlOf(line: string, json: boolean): Controlled | null {
  const [word = '', argument = ''] = json ? jsonWords(line) : line.trim().split(/\s+(.*)/s);
  return Object.hasOwn(CONTROLS, word) ? { word: word as Control, argument: argument.trim() } : null;
}

function jsonWords(line: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return [];
  }
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0) return [];
  const [word, argument] = entry as [string, unknown];
  return [word, typeof argument === 'number' || typeof argument === 'string' ? String(argument) : ''];
}
