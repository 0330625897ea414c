/**
 * The way that a lab's machine has come: its steps, what was done by hand between them, and snapshots often enough that going back to
 * any step is the nearest snapshot and a short replay.
 */
import { History } from '../../model/history/history.ts';
import type { Mark } from '../../model/history/history.ts';
import type { Runner } from '../../model/lab/index.ts';
import type { StepNote } from './api.ts';

/** What snapshots may hold; beyond, they lie further apart. */
const LIMITS = { snapshots: 256, bytes: 64 * 2 ** 20 };
/** Milliseconds of steps that are worth a snapshot if they are this many times what one takes, and those that are in any case. */
const WORTH_MS = 12;
const COSTS = 16;
const MOST_MS = 30;

interface Way extends Mark {
  /** Done by hand before. */
  readonly hands: number;
  /** Steps that are not of the documents. */
  readonly performed: number;
}

/** Something done by hand, behind the step at `position`. */
interface Hand {
  readonly position: number;
  readonly act: () => void;
  readonly note: StepNote;
}

export class LabHistory {
  readonly #runner: Runner;
  readonly #history: History<Way>;
  readonly #hands: Hand[] = [];
  /** Those that the machine has seen: all, but on the way back. */
  #seen = 0;
  #work = 0;
  /** Since the last snapshot. */
  #since = 0;
  /** What a snapshot takes where nothing holds it up. */
  #cost = Infinity;

  constructor(runner: Runner) {
    this.#runner = runner;
    this.#history = new History(runner.remembered, LIMITS);
    this.#keep();
  }

  /** Notes of what was done by hand. */
  get notes(): StepNote[] {
    return this.#hands.map(({ note }) => note);
  }

  step(): void {
    const began = performance.now();
    this.#runner.step();
    this.#since += performance.now() - began;
    if (this.#since > MOST_MS || (this.#since > WORTH_MS && this.#since > COSTS * this.#cost)) this.#keep();
  }

  /** It was done, and is done again by `act` whenever the run goes back to behind it. */
  didByHand(act: () => void, text: string): void {
    const { position } = this.#runner;
    this.#hands.push({ position, act, note: { step: position, text, severity: 'note' } });
    this.#seen++;
  }

  /** To the nearest snapshot; `advance` then goes on. */
  backTo(position: number): void {
    const mark = this.#history.backTo(position)!;
    this.#runner.wentBackTo(mark.position, mark.performed);
    this.#seen = mark.hands;
    this.#work = mark.work;
    this.#since = 0;
  }

  /** On to `position`, in which nothing new is recorded, for as long as `goesOn`. True: there. */
  advance(position: number, goesOn: () => boolean): boolean {
    const { machine } = this.#runner;
    const advance = (): boolean => {
      while (goesOn()) {
        this.#redo();
        if (this.#runner.position >= position) return true;
        this.step();
      }
      return false;
    };
    return machine.smmu.recorder === null ? advance() : machine.smmu.recorder.unheard(advance);
  }

  /** Stopped on the way: what was done by hand further on is not done. */
  settle(): void {
    this.#redo();
    this.#hands.length = this.#seen;
  }

  #redo(): void {
    for (let hand = this.#hands[this.#seen]; hand !== undefined && hand.position <= this.#runner.position; hand = this.#hands[this.#seen]) {
      hand.act();
      this.#seen++;
    }
  }

  #keep(): void {
    const began = performance.now();
    this.#work += this.#since;
    this.#since = 0;
    this.#history.keep({ position: this.#runner.position, work: this.#work, hands: this.#seen, performed: this.#runner.performed.length });
    this.#cost = Math.min(this.#cost * 1.2, performance.now() - began);
  }
}
