/** Events of what was pasted, beside the structures of what is open: which decides, and would it fault still? */
import { computed, ref, type Ref } from 'vue';
import { MAX_BESIDE, type Decoded, type EventBeside } from '../../../protocol/contract.ts';
import { useCapture } from '../../services/capture.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useLooking } from '../../services/looking.ts';

const EVENT_WORDS = 4;
const isEvent = ({ kind, words }: Decoded): boolean => kind === 'event' && words.length === EVENT_WORDS;

export function useBeside(records: Readonly<Ref<readonly Decoded[] | null>>) {
  const client = useLabClient();
  const capture = useCapture();
  /** null: not chosen. A log belongs to a capture more likely than to a lab. */
  const chosen = ref<boolean | null>(null);
  const on = computed({ get: () => chosen.value ?? capture.opened !== null, set: (value: boolean) => void (chosen.value = value) });
  const events = computed(() => (records.value ?? []).filter(isEvent).slice(0, MAX_BESIDE));
  const { seen, missing } = useLooking(
    'decode',
    async () => {
      const asked = on.value ? events.value : [];
      const rows = asked.length === 0 ? [] : await client.call('survey.beside', { events: asked.map(({ words }) => [...words]) });
      return new Map<Decoded, EventBeside>(asked.map((record, at) => [record, rows[at]!]));
    },
    [on, events],
  );
  /** There are events, and a machine to put them beside. */
  const isPossible = computed(() => events.value.length > 0 && !missing.value);
  const of = (record: Decoded): EventBeside | undefined => seen.value?.get(record);
  const summary = computed(() => {
    const found = [...(seen.value?.values() ?? [])];
    return found.length === 0 ? '' : `${found.filter(({ now }) => now === 'same').length} of ${found.length} events would fault still`;
  });
  return { on, isPossible, isShown: computed(() => isPossible.value && on.value), of, summary };
}
