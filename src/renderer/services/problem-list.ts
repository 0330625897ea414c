/** Everything that is wrong with the lab as it stands, in the order of the documents: what the texts say, and what the steps that ran had to say. */
import { defineStore } from 'pinia';
import { computed } from 'vue';
import type { TextRange } from '../../protocol/contract.ts';
import { DOCUMENT_NAMES, useDocuments, type DocumentName } from './documents.ts';
import { useRun } from './run.ts';
import { insertStep, stepLines } from './step-lines.ts';

export interface ProblemLine {
  readonly key: string;
  /** A note is nothing wrong. */
  readonly kind: 'error' | 'warning' | 'failed' | 'stale' | 'note';
  readonly text: string;
  readonly code: string;
  readonly where: string;
  readonly document: DocumentName;
  readonly range: TextRange;
  /** What mends it: the document as it then is. */
  readonly fix: { readonly title: string; readonly text: string } | null;
}

/** The verb of a step. */
const VERB = /^\s*-\s+([A-Za-z_]\w*)/;

function verbRange(lines: readonly string[], line: number): TextRange {
  const text = lines[line - 1] ?? '';
  const match = VERB.exec(text);
  const column = match === null ? 1 : match[0].length - match[1]!.length + 1;
  return { line, column, endLine: line, endColumn: match === null ? text.length + 1 : match[0].length + 1 };
}

function withSteps(text: string, after: number, steps: readonly string[]): string | null {
  return steps.reduce<string | null>((now, step, i) => (now === null ? null : insertStep(now, after + i, step)), text);
}

export const useProblemList = defineStore('problem-list', () => {
  const documents = useDocuments();
  const run = useRun();

  const ofTexts = computed(() => documents.problems.map(({ document, line, column, endLine, endColumn, severity, code, message }, index): ProblemLine => {
    return { key: `p${index}`, kind: severity, text: message, code, where: `${document} ${line}:${column}`, document, range: { line, column, endLine, endColumn }, fix: null };
  }));

  const ofRun = computed(() => {
    const steps = stepLines(documents.texts.steps);
    const lines = documents.texts.steps.split('\n');
    const mends = run.isOfTexts && run.state?.readOnly === false;
    return (run.state?.notes ?? []).map(({ step, text, severity, fix }, index): ProblemLine => {
      const mended = fix === undefined || !mends ? null : withSteps(documents.texts.steps, fix.after, fix.steps);
      const title = `Add ${(fix?.steps ?? []).map((line) => /CMD_\w+/.exec(line)?.[0] ?? 'CMD_SYNC').join(' + ')} behind step ${fix?.after ?? 0}`;
      return { key: `n${index}`, kind: severity, text, code: severity, where: `step ${step}`, document: 'steps', range: verbRange(lines, steps[step - 1]?.line ?? 1), fix: mended === null ? null : { title, text: mended } };
    });
  });

  const lines = computed<readonly ProblemLine[]>(() => {
    const all = [...ofTexts.value, ...ofRun.value];
    return DOCUMENT_NAMES.flatMap((name) => all.filter(({ document }) => document === name));
  });
  /** Without the notes. */
  const wrong = computed(() => lines.value.filter(({ kind }) => kind !== 'note'));
  const errors = computed(() => wrong.value.filter(({ kind }) => kind === 'error' || kind === 'failed').length);
  const warnings = computed(() => wrong.value.length - errors.value);

  const mend = ({ document, fix }: ProblemLine): void => (fix === null ? undefined : documents.edit(document, fix.text));

  return { lines, wrong, errors, warnings, mend };
});
