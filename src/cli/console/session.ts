/** A lab that lines of text or JSON act on. Nothing in a line ends it: what cannot be understood is answered, and counted. */
import { kindOf, parseStep } from '../../formats/lab/parse-step.ts';
import { verbNames, verbReference, verbText } from '../../formats/lab/verb-reference.ts';
import type { Runner, StepResult } from '../../model/lab/index.ts';
import { nearest } from '../../model/spec/nearest.ts';
import { EXIT, jsonLine } from '../io.ts';
import type { ExitCode } from '../io.ts';
import { stepOutput, summaryOutput } from '../step-output.ts';
import { CONTROLS, controlOf } from './controls.ts';
import type { Controlled } from './controls.ts';

export interface SessionOptions {
  readonly runner: Runner;
  readonly json: boolean;
  readonly out: (text: string) => void;
  /** SHA-256 over the trace so far. */
  readonly digest: () => string;
  /** Begins a new trace and builds the machine anew. */
  readonly reset: () => void;
}

const DOCUMENT_WIDTH = 100;

export class Session {
  readonly #options: SessionOptions;
  #refused = false;
  #bug = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Of the whole session: a bug, else a line that was refused, else an expectation that was not met. */
  get status(): ExitCode {
    if (this.#bug) return EXIT.BUG;
    if (this.#refused) return EXIT.REFUSED;
    return this.#options.runner.summary().failed === 0 ? EXIT.OK : EXIT.UNMET;
  }

  /** False: the line ends the session. */
  take(line: string): boolean {
    const { json } = this.#options;
    if (line.trim() === '' || (!json && line.trim().startsWith('#'))) return true;
    const control = controlOf(line, json);
    if (control?.word === 'quit') return false;
    try {
      if (control === null) this.#verb(line);
      else this.#control(control);
    } catch (error) {
      this.#bug = true;
      this.#say({ code: 'bug', message: `this is a bug of smmu-lab: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` });
    }
    return true;
  }

  /** The last answer: how it all went. */
  summary(): void {
    const { runner, digest, json, out } = this.#options;
    out(summaryOutput(runner.summary(), digest(), 0, json));
  }

  #verb(line: string): void {
    const { runner, json } = this.#options;
    if (json && !line.trim().startsWith('{')) return this.#refuse('bad-form', 'expected a JSON object, such as {"inspect": {"events": true}}', 1);
    const parsed = parseStep(line, runner.data);
    if (parsed.ok) return this.#answer(runner.perform(parsed.step));
    for (const { code, message, column } of parsed.problems) this.#refuse(code, message, column);
  }

  #control({ word, argument }: Controlled): void {
    const { runner } = this.#options;
    switch (word) {
      case 'run':
        return void this.#steps(runner.length - runner.position);
      case 'step':
        return this.#step(argument);
      case 'steps':
        return this.#list();
      case 'reset':
        return this.#reset();
      case 'summary':
        return this.summary();
      case 'help':
        return this.#help(argument);
      case 'quit':
    }
  }

  #step(argument: string): void {
    const count = argument === '' ? 1 : Number(argument);
    if (!Number.isInteger(count) || count < 1) return this.#refuse('bad-value', `expected a number of steps, such as 3; got ${argument}`, 6);
    const { runner } = this.#options;
    if (runner.position === runner.length) return this.#refuse('no-step', `all ${runner.length} steps of the documents are done`, 1);
    this.#steps(count);
  }

  #steps(count: number): void {
    const { runner } = this.#options;
    for (let i = 0; i < count; i++) {
      const result = runner.step();
      if (result === null) return;
      this.#answer(result);
    }
  }

  #list(): void {
    const { runner, json, out } = this.#options;
    const steps = runner.data.stack?.steps ?? runner.data.steps;
    steps.forEach(({ verb, input }, i) => {
      const state = runner.results[i]?.expectation.state ?? 'due';
      if (json) return out(jsonLine({ step: i + 1, verb, input, state }));
      const text = jsonLine(input).trim();
      out(`${i === runner.position ? '>' : ' '}${String(i + 1).padStart(3)} ${verb.padEnd(10)} ${state.padEnd(7)} ${text.length > DOCUMENT_WIDTH ? `${text.slice(0, DOCUMENT_WIDTH)}...` : text}\n`);
    });
  }

  #reset(): void {
    this.#options.reset();
    this.#tell('a new machine from the documents; no step is done');
  }

  #help(name: string): void {
    const kind = kindOf(this.#options.runner.data);
    const { json, out } = this.#options;
    if (name !== '') {
      const verb = verbReference(kind, name);
      if (verb !== null) return out(json ? jsonLine({ help: verb }) : `${verbText(verb)}\n`);
      if (Object.hasOwn(CONTROLS, name)) return this.#tell(`${name}: ${CONTROLS[name as keyof typeof CONTROLS]}`);
      const hint = nearest(name, [...verbNames(kind), ...Object.keys(CONTROLS)]);
      return this.#refuse('unknown-verb', `there is no verb ${name}${hint === null ? '' : `; did you mean ${hint}?`}`, 6);
    }
    const rows = [...verbNames(kind).map((verb) => ({ name: verb, doc: verbReference(kind, verb)!.doc })), ...Object.entries(CONTROLS).map(([control, doc]) => ({ name: control, doc }))];
    out(json ? jsonLine({ help: rows }) : rows.map((row) => `${row.name.padEnd(22)} ${row.doc}\n`).join(''));
  }

  #answer(result: StepResult): void {
    this.#options.out(stepOutput(result, this.#options.json));
  }

  #tell(text: string): void {
    this.#options.out(this.#options.json ? jsonLine({ text }) : `${text}\n`);
  }

  #refuse(code: string, message: string, column: number): void {
    this.#refused = true;
    this.#say({ code, message, column });
  }

  #say({ code, message, column }: { readonly code: string; readonly message: string; readonly column?: number }): void {
    const { json, out } = this.#options;
    const where = column === undefined ? '' : `column ${column}: `;
    out(json ? jsonLine({ error: { code, message, ...(column === undefined ? {} : { column }) } }) : `error: ${where}${message}\n`);
  }
}
