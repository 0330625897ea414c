/** Where each step stands in the text of the steps document, so that the editor can point at one. Lines are 1-based. */
export interface LineRange {
  readonly line: number;
  readonly endLine: number;
}

const ITEM = /^(\s*)-(\s|$)/;
const NOTHING = /^\s*(#.*)?$/;

/** The text asked about last: the editor asks again whenever the run moves. */
let known: { readonly text: string; readonly ranges: readonly LineRange[] } = { text: '', ranges: [] };

/**
 * The items of the first block sequence of a YAML text. Deeper lines belong to the item above them; a line that is no
 * item and not deeper ends the sequence. A text that writes its steps in flow style (`[...]`) has none.
 */
export function stepLines(text: string): readonly LineRange[] {
  if (known.text !== text) known = { text, ranges: linesOf(text) };
  return known.ranges;
}

function linesOf(text: string): readonly LineRange[] {
  const ranges: { line: number; endLine: number }[] = [];
  let indent = -1;
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    if (NOTHING.test(content)) continue;
    const depth = content.length - content.trimStart().length;
    const isItem = ITEM.test(content);
    if (indent < 0 && isItem) indent = depth;
    if (indent < 0) continue;
    const last = ranges[ranges.length - 1];
    if (isItem && depth === indent) ranges.push({ line: index + 1, endLine: index + 1 });
    else if (depth > indent && last !== undefined) last.endLine = index + 1;
    else break;
  }
  return ranges;
}

/** The text with a step behind the first `position` ones; null: it has fewer. */
export function insertStep(text: string, position: number, step: string): string | null {
  const steps = stepLines(text);
  if (position > steps.length) return null;
  const lines = text.split('\n');
  const at = position === 0 ? (steps[0]?.line ?? 1) - 1 : steps[position - 1]!.endLine;
  const indent = /^\s*/.exec(lines[(steps[0]?.line ?? 1) - 1] ?? '')?.[0] ?? '';
  lines.splice(at, 0, `${steps.length === 0 ? '' : indent}${step}`);
  return lines.join('\n');
}
