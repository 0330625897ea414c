import type { Mutant } from '../mutant.ts';

const CONSOLE = ['test/cli/console.test.ts'];
const STACK = ['test/labs/stack-documents.test.ts'];
const LABS = ['test/labs/machine.test.ts'];
const SESSION = 'src/cli/console/session.ts';
const WORDS = 'src/formats/lab/line-words.ts';
const DMA = 'src/model/lab/verbs/dma.ts';
const PERFORM = 'src/model/lab/stack/perform.ts';

/** Verbs, the console, and what a run asserts of itself. */
export const verbMutants: readonly Mutant[] = [
  {
    id: 'console-refusal-forgotten',
    file: SESSION,
    text: 'if (this.#refused) return EXIT.REFUSED;',
    replacement: '',
    tests: CONSOLE,
    why: 'a script would not see that a line was not understood',
  },
  {
    id: 'console-one-step-more',
    file: SESSION,
    text: 'for (let i = 0; i < count; i++) {',
    replacement: 'for (let i = 0; i <= count; i++) {',
    tests: CONSOLE,
    why: 'step would do two',
  },
  {
    id: 'console-column',
    file: WORDS,
    text: 'column: start + 1',
    replacement: 'column: start',
    tests: CONSOLE,
    why: 'problems would be shown beside their place',
  },
  {
    id: 'console-expect-inside',
    file: WORDS,
    text: "this.#open === null || key[0] === 'expect'",
    replacement: 'this.#open === null',
    tests: ['src/formats/lab/line-words.test.ts'],
    why: 'expect.ASID would become a field of the command',
  },
  {
    id: 'console-quotes',
    file: WORDS,
    text: "quote = char === quote ? '' : quote;",
    replacement: "quote = '';",
    tests: CONSOLE,
    why: 'a note in quotes would be cut at its first blank',
  },
  {
    id: 'dma-updates-unasked',
    file: DMA,
    text: 'expect.updates?.toString(), String(first.updates)',
    replacement: 'expect.updates?.toString(), String(expect.updates)',
    tests: LABS,
    why: 'an expectation that cannot fail asserts nothing',
  },
  {
    id: 'dma-stale-unasked',
    file: DMA,
    text: 'if (wanted.length === 0) return told.length === 0 ? [] :',
    replacement: 'if (wanted.length === 0) return told.length >= 0 ? [] :',
    tests: LABS,
    why: 'a lab that says that nothing is stale would pass with stale hits',
  },
  {
    id: 'resume-of-any-device',
    file: 'src/model/lab/verbs/stall.ts',
    text: "one.sid === sid && HELD_NAMES[one.held] === 'none'",
    replacement: "HELD_NAMES[one.held] === 'none'",
    tests: LABS,
    why: 'the stall of another device would be answered',
  },
  {
    id: 'step-errno-unasked',
    file: PERFORM,
    text: 'const failed = result.errno !== undefined && result.errno < 0;',
    replacement: 'const failed = result.errno === undefined;',
    tests: STACK,
    why: 'a call that fails without anybody having said so would pass',
  },
  {
    id: 'step-under-ignored',
    file: PERFORM,
    text: 'step.under[uapi] ?? step.expect',
    replacement: 'step.expect',
    tests: STACK,
    why: 'what is expected on one uAPI would be ignored',
  },
  {
    id: 'partings-agreed-hidden',
    file: 'src/model/lab/stack/partings.ts',
    text: 'sides.length > 1 || declared.length > 0',
    replacement: 'sides.length > 1',
    tests: ['test/labs/divergences.test.ts'],
    why: 'a lab that declares a divergence which is none would pass',
  },
  {
    id: 'effects-errno-unasked',
    file: 'src/model/lab/stack/effects.ts',
    text: "return differ('errno', wanted, answer);",
    replacement: "return differ('errno', answer, answer);",
    tests: STACK,
    why: 'an expectation that cannot fail asserts nothing',
  },
];
