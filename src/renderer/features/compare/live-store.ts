/** The lab at hand beside a QEMU of the user's: which one, what would be started, and what it answered. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { LiveComparison, LiveDevice, LiveTransaction, QemuPlan, QemuProgram } from '../../../protocol/contract.ts';
import { useDocuments } from '../../services/documents.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useLabJobs } from '../../services/lab-jobs.ts';
import { desktopOf } from '../../services/lab-port.ts';
import { useMessages } from '../../services/messages.ts';
import { useRun } from '../../services/run.ts';

export const useLive = defineStore('live-qemu', () => {
  const client = useLabClient();
  const documents = useDocuments();
  const jobs = useLabJobs();
  const messages = useMessages();
  const run = useRun();
  const desktop = desktopOf(window);
  const programs = shallowRef<readonly QemuProgram[]>([]);
  /** Handle of the one that is chosen; empty: none. */
  const chosen = ref('');
  const device = ref<LiveDevice>('edu');
  /** What would be started, while its owner has not said yes. */
  const plan = shallowRef<QemuPlan | null>(null);
  const report = shallowRef<LiveComparison | null>(null);
  const isBusy = ref(false);
  /** Of the transactions that are shown; -1: none. */
  const at = ref(-1);
  const onlyParted = ref(false);
  /** In front of the two runs. */
  const isShown = ref(false);

  const shown = computed<readonly LiveTransaction[]>(() => (report.value?.transactions ?? []).filter(({ verdict }) => !onlyParted.value || verdict !== 'equal'));
  const selected = computed(() => shown.value[at.value] ?? null);
  const canChoose = desktop !== undefined;
  const asked = () => ({ qemu: chosen.value, documents: documents.snapshot(), device: device.value, ...(run.uapi === null ? {} : { uapi: run.uapi }) });

  async function refresh(): Promise<void> {
    programs.value = (await messages.attempt('compare', () => client.call('qemu.programs', {}))) ?? [];
    if (chosen.value === '') chosen.value = programs.value[0]?.handle ?? '';
  }

  /** The dialog of the desktop. */
  async function choose(): Promise<void> {
    const program = await messages.attempt('compare', async () => (await desktop?.call('qemu.choose', {})) ?? null);
    if (program == null) return;
    chosen.value = program.handle;
    await refresh();
  }

  async function busy<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (isBusy.value) return undefined;
    isBusy.value = true;
    const result = await messages.attempt('compare', work);
    isBusy.value = false;
    return result;
  }

  /** Asks the program what it is, and shows what would be started. */
  async function prepare(): Promise<void> {
    plan.value = (await busy(() => client.call('qemu.plan', asked(), { label: 'Asking QEMU what it is' }))) ?? null;
  }

  const dismiss = (): void => void (plan.value = null);

  async function start(): Promise<void> {
    plan.value = null;
    const answer = await busy(() => jobs.call('qemu.live', asked(), 'On QEMU'));
    if (answer === undefined) return;
    report.value = answer;
    at.value = shown.value.findIndex(({ verdict }) => verdict !== 'equal');
    if (at.value < 0) at.value = shown.value.length > 0 ? 0 : -1;
  }

  function showParted(only: boolean): void {
    const before = selected.value;
    onlyParted.value = only;
    at.value = before === null ? -1 : shown.value.indexOf(before);
  }

  const select = (index: number): void => void (at.value = index);
  const nextParted = (step: 1 | -1): number => {
    for (let index = at.value + step; index >= 0 && index < shown.value.length; index += step) if (shown.value[index]!.verdict !== 'equal') return index;
    return -1;
  };
  /** From one to the next that is not equal. */
  const canMove = (step: 1 | -1): boolean => nextParted(step) >= 0;
  const move = (step: 1 | -1): void => void (canMove(step) && (at.value = nextParted(step)));

  return { programs, chosen, device, plan, report, isBusy, at, onlyParted, isShown, shown, selected, canChoose, refresh, choose, prepare, dismiss, start, showParted, select, canMove, move };
});
