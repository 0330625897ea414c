/** Which document is on screen, where the cursor is wanted, and what its editor is to do. */
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import type { DocumentName } from '../../services/documents.ts';
import { useLayout } from '../../services/layout.ts';
import { useProblemList, type ProblemLine } from '../../services/problem-list.ts';

export interface WantedPlace {
  readonly line: number;
  readonly column: number;
}

/** Worst first. */
const KINDS: readonly ProblemLine['kind'][] = ['error', 'failed', 'stale', 'warning'];

/** Position of the first of the worst kind. */
const worst = (lines: readonly ProblemLine[]): number => lines.findIndex(({ kind }) => kind === KINDS.find((one) => lines.some((line) => line.kind === one)));

export const useEditors = defineStore('editors', () => {
  const layout = useLayout();
  const problems = useProblemList();
  const active = ref<DocumentName>('steps');
  const wanted = shallowRef<WantedPlace | null>(null);
  /** An action of the editor by its id, until it is taken. */
  const asked = shallowRef<string | null>(null);
  /** The documents are beside those of the last run. */
  const comparing = ref(false);
  /** The problem that was gone to last. */
  const problem = shallowRef<ProblemLine | null>(null);
  /** Grows when the list of problems is to have the focus. */
  const listAsked = ref(0);

  /** Shows a place of a document and puts the cursor there. */
  function reveal(document: DocumentName, place: WantedPlace): void {
    layout.reveal('editors');
    comparing.value = false;
    active.value = document;
    wanted.value = { ...place };
  }

  /** Has the editor do something, as if its keys were pressed there. */
  function perform(action: string): void {
    layout.reveal('editors');
    comparing.value = false;
    asked.value = action;
  }

  function goTo(line: ProblemLine): void {
    problem.value = line;
    reveal(line.document, line.range);
  }

  /** To the next problem of all documents, or the one before, round and round; the first time to the worst. */
  function move(by: 1 | -1): void {
    const { wrong } = problems;
    const at = wrong.findIndex(({ document, range, text }) => problem.value !== null && document === problem.value.document && range.line === problem.value.range.line && range.column === problem.value.range.column && text === problem.value.text);
    const next = at < 0 ? worst(wrong) : (at + by + wrong.length) % wrong.length;
    if (wrong[next] !== undefined) goTo(wrong[next]);
  }

  function showProblems(): void {
    layout.reveal('editors');
    listAsked.value++;
  }

  function compare(): void {
    layout.reveal('editors');
    comparing.value = !comparing.value;
  }

  return { active, wanted, asked, comparing, listAsked, reveal, perform, goTo, move, showProblems, compare };
});
