/** What of the next runs is recorded, as the user wants it for this session; and how fast records come. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { DEFAULT_RECORDING, type RecordingOptions } from '../../protocol/contract.ts';
import { useLabClient } from './lab-client.ts';
import { useMessages } from './messages.ts';
import { useRun } from './run.ts';
import { useSessions } from './sessions.ts';
import { pageStorage, readSettings, remembered, writeSettings } from './settings.ts';

/** What stands for a lab that was never saved. */
const NO_SESSION = '';
/** A rate is taken over at least so long, in milliseconds. */
const OVER = 200;

export const useRecording = defineStore('recording', () => {
  const client = useLabClient();
  const messages = useMessages();
  const run = useRun();
  const sessions = useSessions();
  const options = shallowRef<RecordingOptions>(DEFAULT_RECORDING);
  /** Records a second while the lab runs. */
  const rate = ref(0);
  /** The run on screen was not recorded as the options say by now. */
  const isForNext = ref(false);
  const isPaused = computed(() => run.state?.paused === true);

  const key = (): string => sessions.current ?? NO_SESSION;
  const keep = (): void => writeSettings(pageStorage(), { recordings: remembered(readSettings(pageStorage()).recordings, key(), options.value) });

  async function tell(change: Partial<RecordingOptions>): Promise<boolean> {
    const answer = await messages.attempt('recording', () => client.call('recording.set', change));
    if (answer !== undefined) options.value = answer;
    return answer !== undefined;
  }

  async function set(change: Partial<RecordingOptions>): Promise<void> {
    if (!(await tell(change))) return;
    isForNext.value = run.state !== null;
    keep();
  }

  // Each session has its own; one that becomes a session keeps what it was recorded with.
  watch(
    [() => client.status, () => sessions.current],
    ([status, session], before) => {
      if (status !== 'open') return;
      const stored = readSettings(pageStorage()).recordings[key()];
      const becameSession = before[0] === 'open' && before[1] === null && session !== null && stored === undefined;
      if (becameSession) keep();
      else void tell(stored ?? DEFAULT_RECORDING);
    },
    { immediate: true, flush: 'sync' },
  );
  watch(() => run.epoch, () => (isForNext.value = false));

  let [since, from] = [0, 0];
  watch(
    () => run.state,
    (state) => {
      const now = performance.now();
      if (state === null || state.state !== 'running' || state.records < from) {
        [since, from, rate.value] = [now, state?.records ?? 0, 0];
      } else if (now - since >= OVER) {
        rate.value = Math.round(((state.records - from) * 1000) / (now - since));
        [since, from] = [now, state.records];
      }
    },
  );

  const pause = (): Promise<unknown> => messages.attempt('recording', async () => run.update(await client.call('recording.pause', { paused: !isPaused.value })));

  return { options, rate, isForNext, isPaused, set, pause };
});
