/** Whose the StreamIDs of what is open are: as its lab names them, or tables of firmware that were opened or pasted. */
import { computed } from 'vue';
import { useLabClient } from './lab-client.ts';
import { useLooking } from './looking.ts';
import type { MessagePlace } from './messages.ts';
import { usePasted } from './pasted.ts';

export function useStreamNames(place: MessagePlace) {
  const client = useLabClient();
  const pasted = usePasted();
  const { seen } = useLooking(place, () => client.call('survey.names', {}), [() => pasted.tables]);
  const byStream = computed(() => new Map((seen.value ?? []).map(({ sid, name }) => [sid, name])));
  return { nameOf: (sid: number | null | undefined): string | null => (sid == null ? null : (byStream.value.get(sid) ?? null)) };
}
