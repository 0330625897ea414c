import type { Mutant } from '../mutant.ts';

const RING = 'src/model/trace/ring.ts';
const RECORDER = 'src/model/trace/recorder.ts';
const LOG = 'src/host/trace/trace-log.ts';
const INDEX = 'src/host/trace/trace-index.ts';
const DRAIN = 'src/host/trace/drain.ts';
const TRACES = ['test/conformance/trace-ring.test.ts', 'src/model/trace', 'src/host/trace', 'test/contract/trace.test.ts'];
const WALKS = ['src/model/trace', 'test/conformance/walk-view.test.ts', 'test/cli/translate.test.ts'];

/** Records, ring, digest and index: a trace must be whole, in order and repeatable. */
export const traceMutants: readonly Mutant[] = [
  {
    id: 'ring-without-spare-slot',
    file: RING,
    text: 'capacity - 1 - ((this.#head - tail) >>> 0)',
    replacement: 'capacity - ((this.#head - tail) >>> 0)',
    tests: TRACES,
    why: 'a record that is dropped would be written over the oldest that nobody has read',
  },
  {
    id: 'ring-drops-uncounted',
    file: RING,
    text: 'Atomics.add(control, DROPPED, 1);',
    replacement: '',
    tests: TRACES,
    why: 'a trace with a gap would look whole',
  },
  {
    id: 'ring-publishes-dropped',
    file: RING,
    text: 'this.#scratch = true;',
    replacement: '',
    tests: TRACES,
    why: 'a dropped record would be published over one that nobody has read',
  },
  {
    id: 'record-without-privilege',
    file: RECORDER,
    text: ' | (pnu ? PNU : 0) | (type',
    replacement: ' | (type',
    tests: WALKS,
    why: 'the window would show every access as unprivileged',
  },
  {
    id: 'record-second-half-address',
    file: RECORDER,
    text: '(lo + half * 32) | 0',
    replacement: 'lo',
    tests: WALKS,
    why: 'both halves of a structure would be shown at one address',
  },
  {
    id: 'digest-of-too-much',
    file: LOG,
    text: 'segment.subarray(offset, offset + count)',
    replacement: 'segment.subarray(0, offset + count)',
    tests: TRACES,
    why: 'the digest would depend on how records arrived',
  },
  {
    id: 'spooled-segment-misplaced',
    file: LOG,
    text: 'this.#oldest * SEGMENT_BYTES',
    replacement: '(this.#oldest % this.#limit) * SEGMENT_BYTES',
    tests: TRACES,
    why: 'traces larger than memory would show other records',
  },
  {
    id: 'index-step-off-by-one',
    file: INDEX,
    text: 'words[at + PAYLOAD]! + 1;',
    replacement: 'words[at + PAYLOAD]!;',
    tests: TRACES,
    why: 'transactions would be shown under the step before',
  },
  {
    id: 'index-counts-aborts',
    file: INDEX,
    text: 'status === STATUS.FAULT || status === STATUS.STALLED',
    replacement: 'status !== STATUS.SUCCESS',
    tests: TRACES,
    why: 'aborts that the configuration asks for would be counted as faults',
  },
  {
    id: 'drain-stops-early',
    file: DRAIN,
    text: 'for (let left = this.#ring.available; left > 0; left -= this.#batch());',
    replacement: 'if (this.#ring.available > 0) this.#batch();',
    tests: TRACES,
    why: 'the end of a trace would be missing where it lies across the end of the ring',
  },
  {
    id: 'drain-leaves-the-engine-waiting',
    file: DRAIN,
    text: 'this.#ring.close();',
    replacement: '',
    tests: TRACES,
    why: 'an engine whose trace can be kept nowhere would wait for ever',
  },
];
