/** Which memory is on screen, and the byte that the caret is on. */
import { defineStore } from 'pinia';
import { computed, markRaw, ref, shallowRef } from 'vue';
import type { MemoryPlace, MemoryRow, ResultOf } from '../../../protocol/contract.ts';
import { useInspection } from '../../services/inspection.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { textOf, useMessages } from '../../services/messages.ts';
import { RowCache } from '../../services/rows.ts';
import { useRun } from '../../services/run.ts';

const ROW = 16n;
export const PHYSICAL = 'pa';

export const useMemory = defineStore('memory', () => {
  const client = useLabClient();
  const inspection = useInspection();
  const messages = useMessages();
  const run = useRun();
  const space = ref(PHYSICAL);
  const map = shallowRef<ResultOf<'memory.map'> | null>(null);
  const rows = markRaw(new RowCache<MemoryRow>((from, count) => client.call('memory.window', { space: space.value, from, count })));
  /** Row and byte of it. */
  const row = ref(-1);
  const byte = ref(0);
  const place = shallowRef<MemoryPlace | null>(null);
  let shown = { from: 0, count: 0 };
  const caret = computed(() => {
    const at = row.value < 0 ? undefined : rows.rowAt(row.value);
    return at === undefined ? null : BigInt(at.address) + BigInt(byte.value);
  });
  const isPhysical = computed(() => space.value === PHYSICAL);

  async function take(): Promise<ResultOf<'memory.map'>> {
    let answer = await client.call('memory.map', { space: PHYSICAL });
    if (!answer.spaces.some(({ id }) => id === space.value)) space.value = PHYSICAL;
    if (!isPhysical.value) answer = await client.call('memory.map', { space: space.value });
    map.value = answer;
    rows.restart(answer.regions.reduce((sum, { size }) => sum + Number((BigInt(size) + ROW - 1n) / ROW), 0));
    await rows.ensure(shown.from, shown.count);
    if (row.value >= 0) await look();
    return answer;
  }

  function ensure(from: number, count: number): void {
    shown = { from, count };
    // Rows that come into view take back no message: one that appears moves rows.
    rows.ensure(from, count).catch((error: unknown) => messages.show('memory', textOf(error)));
  }

  /** What lies at the caret. */
  async function look(): Promise<void> {
    await rows.ensure(row.value, 1);
    const address = caret.value;
    if (address === null) return;
    const at = `0x${address.toString(16)}`;
    const found = await client.call('memory.at', { space: space.value, address: at });
    if (caret.value !== address) return;
    place.value = found;
    const { record, overlay } = found;
    if (record === null) return inspection.clear('memory');
    inspection.show({
      origin: 'memory',
      key: `memory-${run.epoch}-${space.value}-${record.at}`,
      title: record.title,
      note: overlay === null ? '' : `In the ${overlay.name}, the ${overlay.owner}'s.`,
      address: { space: isPhysical.value ? 'pa' : 'ipa', value: record.at },
      words: record.words,
      fields: record.fields,
    });
  }

  function moveTo(nextRow: number, nextByte = byte.value): void {
    row.value = nextRow;
    byte.value = nextByte;
    void messages.attempt('memory', look);
  }

  /** The caret one byte on or back. */
  function step(by: 1 | -1): void {
    const next = byte.value + by;
    if (next >= 0 && next < 16) return moveTo(row.value, next);
    const nextRow = row.value + by;
    if (nextRow >= 0 && nextRow < rows.total) moveTo(nextRow, by === 1 ? 0 : 15);
  }

  async function choose(id: string): Promise<void> {
    space.value = id;
    row.value = -1;
    place.value = null;
    await messages.attempt('memory', take);
  }

  /** Goes to an address of a space; of an IOVA, to where a walk puts it. */
  async function goTo(id: string, address: string, stream?: { readonly sid: number; readonly ssid: number | null }): Promise<void> {
    const of = stream === undefined ? {} : { sid: stream.sid, ...(stream.ssid === null ? {} : { ssid: stream.ssid }) };
    const found = await messages.attempt('memory', () => client.call('memory.locate', { space: id, address, ...of }));
    if (found === undefined) return;
    if (found.space !== space.value || map.value === null) await choose(found.space);
    moveTo(found.row, Number(BigInt(found.address) % ROW));
  }

  /** The next place of these bytes behind the caret, from the start once more when there is none. */
  async function search(bytes: string): Promise<void> {
    const after = caret.value === null ? null : `0x${caret.value.toString(16)}`;
    const found = await messages.attempt('memory', async () => {
      const next = await client.call('memory.search', { space: space.value, bytes, after }, { label: 'Searching memory' });
      return next.address === null && after !== null ? client.call('memory.search', { space: space.value, bytes, after: null }, { label: 'Searching memory' }) : next;
    });
    if (found === undefined) return;
    if (found.address === null) return messages.show('memory', `These bytes are nowhere in ${found.whole ? 'it' : `the first ${Number(BigInt(found.searched) >> 20n)} MiB`}`);
    await goTo(space.value, found.address);
  }

  return { space, map, rows, row, byte, place, caret, isPhysical, take, ensure, moveTo, step, choose, goTo, search };
});
