/** Registers, what changed in them since the run last moved, and the one that is looked at. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { REGISTERS, type RegisterDef } from '../../../model/spec/index.ts';
import type { ResultOf } from '../../../protocol/contract.ts';
import { useInspection } from '../../services/inspection.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useRun } from '../../services/run.ts';

export interface RegisterRow {
  readonly register: RegisterDef;
  readonly value: string;
  /** What it was before the run moved; null: the same. */
  readonly before: string | null;
}

type Values = ReadonlyMap<string, string>;

export const useRegisters = defineStore('registers', () => {
  const client = useLabClient();
  const inspection = useInspection();
  const run = useRun();
  /** '' is the physical SMMU. */
  const machine = ref('');
  const machines = shallowRef<ResultOf<'registers.list'>['machines']>([]);
  const values = shallowRef<Values>(new Map());
  const before = shallowRef<Values>(new Map());
  const chosen = ref<string | null>(null);
  const search = ref('');
  const onlySet = ref(false);
  /** Where the run stood when the values were taken, and of which machine they are. */
  let taken = '';

  const rows = computed(() => {
    const wanted = search.value.trim().toUpperCase();
    return [...REGISTERS.values()].flatMap((register): RegisterRow[] => {
      const value = values.value.get(register.id);
      const old = before.value.get(register.id);
      const row = { register, value: value ?? '0x0', before: old === undefined || old === value ? null : old };
      const fits = value !== undefined && register.id.includes(wanted) && (!onlySet.value || value !== '0x0' || row.before !== null);
      return fits ? [row] : [];
    });
  });

  async function take(): Promise<Values> {
    const answer = await client.call('registers.list', { machine: machine.value });
    const next: Values = new Map(answer.values.map(({ name, value }) => [name, value]));
    const stands = `${run.epoch} ${machine.value}`;
    const moved = `${stands} ${run.state?.position ?? 0}`;
    if (!taken.startsWith(`${stands} `)) before.value = next;
    else if (moved !== taken) before.value = values.value;
    taken = moved;
    machines.value = answer.machines;
    values.value = next;
    if (chosen.value !== null) await show(chosen.value);
    return next;
  }

  async function show(name: string): Promise<void> {
    const register = REGISTERS.get(name);
    if (register === undefined) return;
    const { value, fields } = await client.call('registers.read', { machine: machine.value, name });
    inspection.show({
      origin: 'registers',
      key: `registers-${run.epoch}-${machine.value}-${name}`,
      title: name,
      note: register.doc,
      section: register.section,
      words: [value.slice(2).padStart(register.bits / 4, '0')],
      fields,
    });
  }

  function choose(name: string): Promise<void> {
    chosen.value = name;
    return show(name);
  }

  return { machine, machines, rows, chosen, search, onlySet, take, choose };
});
