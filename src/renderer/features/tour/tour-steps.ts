/** The guided tour: what it shows, on the real window, and what it does to get there. */

export interface TourStep {
  readonly title: string;
  readonly text: string;
  /** What is pointed at; the first that is there. */
  readonly targets: readonly string[];
  /** Commands by id: those that lead here, done once, and the one that shows it, done each time. */
  readonly does?: readonly string[];
  readonly shows?: string;
}

export const TOUR_LAB = 'your-turn';

const panel = (id: string): string => `section[data-panel="${id}"]`;

export const TOUR: readonly TourStep[] = [
  {
    title: 'A lab is three documents',
    text: "What the host owns, what the guest owns, and the steps. Here a network card may read a page; then the guest's driver makes it writable. Mistakes are underlined while you type.",
    targets: [panel('editors')],
    does: ['run.reset'],
    shows: 'look.editors',
  },
  {
    title: 'Run',
    text: 'F5 runs to the end, the full stop key steps, the comma steps back. Shift+. has just run to the next fault: the write of the card.',
    targets: ['[role="group"][aria-label="Run"]'],
    does: ['run.to-fault'],
  },
  {
    title: 'Every access is a row',
    text: 'The device read twice, and the second time nothing was fetched: the TLB answered. The third access is the write, and it faulted.',
    targets: [panel('transactions')],
    shows: 'look.transactions',
  },
  {
    title: 'The event',
    text: 'The SMMU wrote an event record into its queue. Record has its words bit by bit, each field with its section of IHI 0070.',
    targets: [panel('events'), panel('record')],
    shows: 'look.events',
  },
  {
    title: 'Why',
    text: 'The rule that decided, in words: stage 1 must permit the write. Where it was decided is a link, and so is every address.',
    targets: ['.walk .summary', panel('walk')],
    shows: 'look.walk',
  },
  {
    title: 'The walk',
    text: 'Rows are what stage 1 needs, columns the stage 2 under each. A flash is a cache that answered: this access read no table at all, although the guest changed it.',
    targets: ['[role="grid"][aria-label="Nested walk"]', panel('walk')],
    shows: 'look.walk',
  },
  {
    title: 'The missing invalidation',
    text: 'Beside what the TLB held stands a walk of memory as it is now. They differ: the page is writable, the entry is not. The command that was never sent is named.',
    targets: [panel('walk')],
    does: ['walk.beside'],
    shows: 'look.walk',
  },
  {
    title: 'What a command would do',
    text: 'The stale entry in the caches, with what it was made from. A command can be tried here before it is sent, and sent as a step.',
    targets: [panel('caches')],
    shows: 'caches.stale',
  },
  {
    title: 'Your turn',
    text: 'Put the command and a sync into the steps, before the write, and press F5: no fault is left. Help is on F1, all keys on the question mark, more labs on Ctrl+O.',
    targets: [panel('editors')],
    shows: 'look.editors',
  },
];
