/**
 * What a user does to the machine by hand: a step or several, put into the steps document where the run stands, and the lab is run
 * to behind them. So it is there again in the next run, and undoing takes it out of the document.
 */
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { useDocuments } from './documents.ts';
import { useMessages, type MessagePlace } from './messages.ts';
import { useRun } from './run.ts';
import { insertStep } from './step-lines.ts';

interface Edit {
  readonly before: string;
  readonly after: string;
  /** Steps done before it. */
  readonly position: number;
}

export const useMachineEdits = defineStore('machine-edits', () => {
  const documents = useDocuments();
  const messages = useMessages();
  const run = useRun();
  const done = shallowRef<readonly Edit[]>([]);
  /** A stored run and a capture have no steps. */
  const canEdit = computed(() => run.state !== null && !run.state.readOnly && !run.isRunning && !run.busy && documents.errors === 0);
  const last = computed(() => {
    const edit = done.value.at(-1);
    return edit !== undefined && edit.after === documents.texts.steps ? edit : null;
  });

  /** Adds steps, one line of YAML each, and does them. */
  async function add(place: MessagePlace, ...steps: readonly string[]): Promise<void> {
    const position = run.state?.position ?? 0;
    const before = documents.texts.steps;
    const after = steps.reduce<string | null>((text, step, index) => (text === null ? null : insertStep(text, position + index, step)), before);
    if (after === null) return messages.show(place, `The steps document has no step ${position}: it has changed since the run`);
    documents.edit('steps', after);
    done.value = [...done.value, { before, after, position }];
    await runTo(position + steps.length);
  }

  /** Takes the last one back, unless the document has changed since. */
  async function undo(): Promise<void> {
    const edit = last.value;
    if (edit === null) return;
    documents.edit('steps', edit.before);
    done.value = done.value.slice(0, -1);
    await runTo(edit.position);
  }

  async function runTo(position: number): Promise<void> {
    if (await run.load()) await run.seek(position);
  }

  return { canEdit, last, add, undo };
});
