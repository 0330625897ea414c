/** Which component draws which panel. */
import type { Component } from 'vue';
import CachesPanel from '../features/caches/CachesPanel.vue';
import CapturePanel from '../features/captures/CapturePanel.vue';
import DecodePanel from '../features/decode/DecodePanel.vue';
import EditorsPanel from '../features/editors/EditorsPanel.vue';
import EventsPanel from '../features/events/EventsPanel.vue';
import RecordPanel from '../features/record/RecordPanel.vue';
import LogPanel from '../features/log/LogPanel.vue';
import PathPanel from '../features/path/PathPanel.vue';
import QueuesPanel from '../features/queues/QueuesPanel.vue';
import StallsPanel from '../features/stalls/StallsPanel.vue';
import TransactionsPanel from '../features/transactions/TransactionsPanel.vue';
import WalkPanel from '../features/walk/WalkPanel.vue';
import type { PanelId } from '../services/layout.ts';

interface PanelDef {
  readonly title: string;
  readonly component: Component;
  /** The panel has tabs of its own: alone in its group it needs no title above them. */
  readonly ownHeader?: boolean;
}

export const PANEL_DEFS: Readonly<Record<PanelId, PanelDef>> = {
  editors: { title: 'Documents', component: EditorsPanel, ownHeader: true },
  transactions: { title: 'Transactions', component: TransactionsPanel },
  capture: { title: 'Capture', component: CapturePanel },
  walk: { title: 'Walk', component: WalkPanel },
  log: { title: 'Log', component: LogPanel },
  path: { title: 'Path', component: PathPanel },
  events: { title: 'Events', component: EventsPanel },
  queues: { title: 'Queues', component: QueuesPanel },
  caches: { title: 'Caches', component: CachesPanel },
  stalls: { title: 'Stalled', component: StallsPanel },
  decode: { title: 'Decode', component: DecodePanel },
  record: { title: 'Record', component: RecordPanel },
};
