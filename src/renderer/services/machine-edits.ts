/**
 * What a user does to the machine by hand: a step or several, put into the steps document where the run stands, and the lab is run
 * to behind them. So it is there again in the next run, and undoing takes it out of the document.
 */
import { defineStore } from 'pinia';
import { computed } from 'vue';
import { useDocuments, type DocumentName } from './documents.ts';
import { useJournal } from './journal.ts';
import { useMessages, type MessagePlace } from './messages.ts';
import { useRun } from './run.ts';
import { insertStep, stepLines } from './step-lines.ts';

export const useMachineEdits = defineStore('machine-edits', () => {
  const documents = useDocuments();
  const journal = useJournal();
  const messages = useMessages();
  const run = useRun();
  /** A stored run and a capture have no steps. */
  const canEdit = computed(() => run.state !== null && !run.state.readOnly && !run.isRunning && !run.busy && documents.errors === 0);
  /** The newest edit of all, if it was one of the machine. */
  const last = computed(() => (documents.lastChange?.position == null ? null : documents.lastChange));

  /** Adds steps, one line of YAML each, and does them. */
  async function add(place: MessagePlace, ...steps: readonly string[]): Promise<void> {
    const position = run.state?.position ?? 0;
    const before = documents.texts.steps;
    const after = steps.reduce<string | null>((text, step, index) => (text === null ? null : insertStep(text, position + index, step)), before);
    if (after === null) return messages.show(place, `The steps document has no step ${position}: it has changed since the run`);
    documents.edit('steps', after, { position });
    await runTo(position + steps.length);
  }

  const canUndo = computed(() => documents.lastChange !== null || journal.canUndo);
  const canRedo = computed(() => documents.undoneChange !== null || journal.canRedo);

  /** Takes back the last edit of this window, in whichever document; one of the machine takes the run back, too. Behind the first, what the session's journal has of before. */
  async function undo(): Promise<DocumentName | null> {
    // What is undone before the journal had it could not be done again there.
    void journal.keepEdits();
    const change = documents.move('undo');
    if (change === null) return journal.undo();
    if (change.position !== null) await runTo(change.position);
    return change.document;
  }

  /** Does again what was undone last. */
  async function redo(): Promise<DocumentName | null> {
    const change = documents.move('redo');
    if (change === null) return journal.redo();
    if (change.position !== null) await runTo(change.position + stepLines(change.after).length - stepLines(change.before).length);
    return change.document;
  }

  async function runTo(position: number): Promise<void> {
    if (await run.load()) await run.seek(position);
  }

  return { canEdit, last, canUndo, canRedo, add, undo, redo };
});
