/** Which component draws which panel. */
import type { Component } from 'vue';
import BookmarksPanel from '../features/bookmarks/BookmarksPanel.vue';
import BreakpointsPanel from '../features/breakpoints/BreakpointsPanel.vue';
import CachesPanel from '../features/caches/CachesPanel.vue';
import CapturePanel from '../features/captures/CapturePanel.vue';
import ComparePanel from '../features/compare/ComparePanel.vue';
import DecodePanel from '../features/decode/DecodePanel.vue';
import EditorsPanel from '../features/editors/EditorsPanel.vue';
import EventsPanel from '../features/events/EventsPanel.vue';
import HelpPanel from '../features/help/HelpPanel.vue';
import RecordPanel from '../features/record/RecordPanel.vue';
import PathPanel from '../features/path/PathPanel.vue';
import QueuesPanel from '../features/queues/QueuesPanel.vue';
import StallsPanel from '../features/stalls/StallsPanel.vue';
import MemoryPanel from '../features/memory/MemoryPanel.vue';
import RecordingPanel from '../features/recording/RecordingPanel.vue';
import RegistersPanel from '../features/registers/RegistersPanel.vue';
import SessionsPanel from '../features/sessions/SessionsPanel.vue';
import SqlPanel from '../features/sql/SqlPanel.vue';
import StatisticsPanel from '../features/statistics/StatisticsPanel.vue';
import StructuresPanel from '../features/structures/StructuresPanel.vue';
import TracePanel from '../features/trace/TracePanel.vue';
import TransactionsPanel from '../features/transactions/TransactionsPanel.vue';
import WalkPanel from '../features/walk/WalkPanel.vue';
import type { PanelId } from '../services/panels.ts';

export const PANEL_COMPONENTS: Readonly<Record<PanelId, Component>> = {
  editors: EditorsPanel,
  transactions: TransactionsPanel,
  capture: CapturePanel,
  walk: WalkPanel,
  trace: TracePanel,
  path: PathPanel,
  events: EventsPanel,
  queues: QueuesPanel,
  caches: CachesPanel,
  memory: MemoryPanel,
  registers: RegistersPanel,
  statistics: StatisticsPanel,
  structures: StructuresPanel,
  bookmarks: BookmarksPanel,
  breakpoints: BreakpointsPanel,
  stalls: StallsPanel,
  compare: ComparePanel,
  sessions: SessionsPanel,
  recording: RecordingPanel,
  sql: SqlPanel,
  decode: DecodePanel,
  help: HelpPanel,
  record: RecordPanel,
};
