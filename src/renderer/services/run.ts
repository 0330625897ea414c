/** The run: its state as the host tells it, and what a user can do to it. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { RpcError, type Documents, type Method, type Params, type ResultOf, type RunState, type Stop, type UapiName } from '../../protocol/contract.ts';
import { DOCUMENT_NAMES, useDocuments } from './documents.ts';
import { useLabClient } from './lab-client.ts';
import { useMessages } from './messages.ts';
import type { IsOver } from './opening.ts';

type StateMethod = { [M in Method]: ResultOf<M> extends RunState ? M : never }[Method];

export const useRun = defineStore('run', () => {
  const client = useLabClient();
  const documents = useDocuments();
  const messages = useMessages();
  const state = shallowRef<RunState | null>(null);
  /** Grows when the rows of the trace may all be others: loaded, reset, another run opened. */
  const epoch = ref(0);
  /** Grows when another machine takes the place of this one; a reset keeps it. */
  const machine = ref(0);
  /** A call that changes the run is under way. */
  const busy = ref(false);
  /** The uAPI that stack labs run on; null: the one that their host document names. */
  const uapi = ref<UapiName | null>(null);
  /** The texts and the uAPI that made the machine, as `opened:edits:uapi`; null: the machine is not made of the texts. */
  let madeOf: string | null = null;
  /** The texts of the last machine that was made of texts. */
  const made = shallowRef<Documents | null>(null);
  /** The texts are those that made the machine: what the run says of a step is of the step that is there. */
  const isOfTexts = computed(() => made.value !== null && DOCUMENT_NAMES.every((name) => made.value?.[name] === documents.texts[name]));

  // Another lab has a uAPI of its own.
  watch(
    () => documents.opened,
    () => {
      uapi.value = null;
      made.value = null;
    },
    { flush: 'sync' },
  );

  const textsNow = (): string => `${documents.opened}:${documents.edits}:${uapi.value ?? ''}`;
  const isRunning = computed(() => state.value?.state === 'running');
  const isDone = computed(() => state.value?.state === 'done');
  /** The documents have errors: what is on screen is of the run before them. */
  const isOfBefore = computed(() => state.value !== null && !state.value.readOnly && documents.problems.some(({ severity }) => severity === 'error'));

  /** Takes a state unless it is older than the one at hand: a stream and a reply may overtake each other. */
  function accept(next: RunState): void {
    const before = state.value;
    if (before !== null && next.revision < before.revision) return;
    state.value = next;
    if (before !== null && (next.position < before.position || next.transactions < before.transactions)) epoch.value++;
  }
  client.on('run.changed', accept);

  async function change<M extends StateMethod>(method: M, params: Params<M>, label: string): Promise<RunState | undefined> {
    busy.value = true;
    try {
      return await messages.attempt('run', async () => {
        const next = (await client.call(method, params, { label })) as RunState;
        accept(next);
        if (next.state === 'failed' && next.message !== undefined) throw new Error(next.message);
        return next;
      });
    } finally {
      busy.value = false;
    }
  }

  /** Builds the machine from the texts; problems in them become the editors' problems. */
  async function load(): Promise<boolean> {
    const texts = textsNow();
    const snapshot = documents.snapshot();
    madeOf = null;
    machine.value++;
    busy.value = true;
    try {
      accept(await client.call('run.load', { documents: snapshot, ...(uapi.value === null ? {} : { uapi: uapi.value }) }, { label: 'Building the machine' }));
    } catch (error) {
      if (error instanceof RpcError && error.problems !== undefined) documents.report(error.problems);
      messages.show('run', error instanceof Error ? error.message : String(error));
      return false;
    } finally {
      busy.value = false;
    }
    messages.clear('run');
    madeOf = texts;
    made.value = snapshot;
    epoch.value++;
    return true;
  }

  const ready = async (): Promise<boolean> => (madeOf === textsNow() && state.value?.readOnly !== true ? true : load());

  /** From where the run stands to its end or to the first of `stops`; from the start when it is at its end or the texts have changed. */
  async function run(stops: readonly Stop[] = [], isOver?: IsOver): Promise<RunState | undefined> {
    if (!(await ready()) || (await isOver?.()) === true) return undefined;
    if (isDone.value && (await reset()) === undefined) return undefined;
    return change('run.run', stops.length === 0 ? {} : { stops: [...stops] }, 'Running');
  }

  /** Back to the last of `stops` that was met before where the run stands, or to the start. */
  async function runBack(stops: readonly Stop[]): Promise<RunState | undefined> {
    return (await ready()) ? change('run.back', { stops: [...stops] }, 'Going back') : undefined;
  }

  /** Where the run is being moved to, and how many steps further (back where negative) was asked for meanwhile. */
  let aim = 0;
  let owed = 0;
  const isMoving = ref(false);

  /** So many steps on or back. Asked for again while the run is on its way, it goes on from there: no key press is lost. Undefined then too. */
  async function move(by: number): Promise<RunState | undefined> {
    owed += by;
    if (isMoving.value) return undefined;
    isMoving.value = true;
    try {
      return (await ready()) ? await pay() : undefined;
    } finally {
      isMoving.value = false;
      owed = 0;
    }
  }

  async function pay(): Promise<RunState | undefined> {
    let reached: RunState | undefined;
    do {
      const { position, steps } = state.value!;
      aim = Math.max(0, Math.min(steps, position + owed));
      owed = 0;
      reached = await (aim === position + 1 ? change('run.step', {}, 'Stepping') : change('run.seek', { position: aim }, aim < position ? 'Going back' : 'Running'));
    } while (owed !== 0 && reached !== undefined);
    return reached;
  }

  const step = (): Promise<RunState | undefined> => move(1);
  const back = (): Promise<RunState | undefined> => move(-1);

  /** To where so many steps are done, on or back. */
  function seek(position: number): Promise<RunState | undefined> {
    const from = isMoving.value ? aim + owed : (state.value?.position ?? 0);
    return move(position - from);
  }

  async function reset(): Promise<RunState | undefined> {
    if (madeOf !== textsNow()) return (await load()) ? (state.value ?? undefined) : undefined;
    const next = await change('run.reset', {}, 'Resetting');
    if (next !== undefined) epoch.value++;
    return next;
  }

  /** Builds the machine on another uAPI, and runs it if the one before had run. */
  async function choose(next: UapiName | null): Promise<void> {
    const ran = (state.value?.position ?? 0) > 0;
    uapi.value = next;
    if (await load()) await (ran ? run() : undefined);
  }

  const stop = (): Promise<unknown> => messages.attempt('run', async () => accept(await client.call('run.stop', {})));

  /** A state that another call than this store's led to: a stored run, a capture. The machine is then not made of the texts. */
  function adopt(next: RunState): void {
    madeOf = null;
    machine.value++;
    state.value = next;
    epoch.value++;
    messages.clear('run');
  }

  /** A new connection: its host knows nothing of this run. */
  function forget(): void {
    madeOf = null;
    machine.value++;
    state.value = null;
    epoch.value++;
  }

  return { state, made, isOfTexts, epoch, machine, busy, uapi, choose, isRunning, isMoving, isDone, isOfBefore, load, run, runBack, step, back, seek, reset, stop, update: accept, adopt, forget };
});
