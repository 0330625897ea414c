import type { Mutant } from '../mutant.ts';

const TESTS = ['src/model/history/history.test.ts', 'test/contract/step-back.test.ts'];
const HISTORY = 'src/model/history/history.ts';
const REACH = 'src/model/history/reach.ts';
const SAVED = 'src/model/history/saved.ts';
const WAY = 'src/host/engine/lab-history.ts';

/** A machine that was taken back is that of a run that never went further. */
export const historyMutants: readonly Mutant[] = [
  {
    id: 'history-pages',
    file: HISTORY,
    text: 'for (const page of this.#memory.freshPages()) putBack(page, this.#pages.get(page) ?? new Int32Array(page.length));',
    replacement: '',
    tests: TESTS,
    why: 'memory written since the newest snapshot would stay',
  },
  {
    id: 'history-older-wins',
    file: HISTORY,
    text: 'this.#snapshots.splice(to + 1).reverse()',
    replacement: 'this.#snapshots.splice(to + 1)',
    tests: TESTS,
    why: 'going back over several snapshots would put back what was held at the last of them',
  },
  {
    id: 'history-unchanged',
    file: HISTORY,
    text: 'if (!held.has(one)) putBack(one, saved);',
    replacement: 'if (held.has(one)) putBack(one, saved);',
    tests: TESTS,
    why: 'what only steps behind the newest snapshot changed would stay',
  },
  {
    id: 'history-thinned',
    file: HISTORY,
    text: 'for (const [one, saved] of gone!.before) next.before.set(one, saved);',
    replacement: '',
    tests: TESTS,
    why: 'what changed before a snapshot that was thinned out would not be put back',
  },
  {
    id: 'history-unreachable',
    file: HISTORY,
    text: 'if (!objects.has(one) && saveChanged(one, known) !== null) before.set(one, known);',
    replacement: '',
    tests: TESTS,
    why: 'objects that left the machine changed would come back as they left',
  },
  {
    id: 'history-weak',
    file: REACH,
    text: 'for (const one of found) if (one instanceof WeakEntries) this.#entriesOf(one);',
    replacement: '',
    tests: TESTS,
    why: 'what weak maps hold would be forgotten',
  },
  {
    id: 'history-map-keys',
    file: REACH,
    text: '        this.#meet(key);\n        this.#meet(value);',
    replacement: '        this.#meet(key);',
    tests: TESTS,
    why: 'what maps hold would be no part of the machine',
  },
  {
    id: 'history-fields-gone',
    file: SAVED,
    text: 'if (!names.includes(name)) delete one[name];',
    replacement: '',
    tests: TESTS,
    why: 'fields that came later would stay',
  },
  {
    id: 'history-array-length',
    file: SAVED,
    text: 'one.length = values.length;',
    replacement: '',
    tests: TESTS,
    why: 'lists would keep what came later',
  },
  {
    id: 'history-set',
    file: SAVED,
    text: '    one.clear();\n    for (const value of values) one.add(value);',
    replacement: '    for (const value of values) one.add(value);',
    tests: TESTS,
    why: 'sets would keep what came later',
  },
  {
    id: 'history-redo',
    file: WAY,
    text: '      hand.act();\n',
    replacement: '',
    tests: TESTS,
    why: 'what was done by hand would be lost behind it',
  },
];
