import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Outcome } from '../../src/model/smmu/smmu.ts';
import { fieldsOf, IOVA, IPA, S1_PAGE, SID } from './nested-machine.ts';
import type { NestedMachine } from './nested-machine.ts';
import { resume, stalling, stallTerm, waiting } from './stalling-machine.ts';
import type { Answer } from './stalling-machine.ts';

/** The stall model against a second statement of its rules (smmuv3.md 5.3, 8.3), over random sequences of what devices and software do. */

const PAGES = 6;
const LOG2_QUEUE = 1;
const CR0 = 0x20;

type Operation =
  | { readonly do: 'access' | 'map' | 'unmap'; readonly page: number }
  | { readonly do: 'resume'; readonly stag: number; readonly answer: Answer }
  | { readonly do: 'drain' | 'events' | 'stall-term' | 'smmu-off-on' };

const page = fc.integer({ min: 0, max: PAGES - 1 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: page.map((page) => ({ do: 'access', page }) as const) },
  { weight: 2, arbitrary: page.map((page) => ({ do: 'map', page }) as const) },
  { weight: 1, arbitrary: page.map((page) => ({ do: 'unmap', page }) as const) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('resume' as const), stag: fc.integer({ min: 0, max: 12 }), answer: fc.constantFrom<Answer[]>('retry', 'abort', 'raz-wi') }) },
  { weight: 3, arbitrary: fc.constantFrom<Operation[]>({ do: 'drain' }, { do: 'drain' }, { do: 'events' }, { do: 'stall-term' }, { do: 'smmu-off-on' }) },
);

interface Wait {
  readonly id: number;
  readonly page: number;
  stag: number | null;
  told: boolean;
}

/** The rules, on sets and lists: who waits under which STAG, what is in the queue, how each access ended. */
class Reference {
  readonly mapped = new Set<number>();
  waits: Wait[] = [];
  queue: number[] = [];
  eventsOn = true;
  readonly ends: string[] = [];
  readonly #max: number;
  #next = 0;

  constructor(max: number) {
    this.#max = max;
  }

  access(id: number, page: number): void {
    this.#attempt({ id, page, stag: null, told: false });
    this.room();
  }

  resume(stag: number, answer: Answer): void {
    const one = this.waits.find((wait) => wait.told && wait.stag === stag);
    if (one === undefined) return;
    this.waits = this.waits.filter((wait) => wait !== one);
    if (answer === 'retry') this.#attempt({ ...one, stag: null, told: false });
    else this.ends[one.id] = answer;
    this.room();
  }

  abortAll(): void {
    for (const { id } of this.waits) this.ends[id] = 'abort';
    this.waits = [];
  }

  /** Oldest first, whatever can be told of is tried again, and told of if it must still wait. */
  room(): void {
    for (;;) {
      const one = this.waits.find((wait) => !wait.told && (wait.stag !== null || this.#free()));
      if (one === undefined || !this.#writable()) return;
      this.#attempt(one);
    }
  }

  #attempt(one: Wait): void {
    if (this.mapped.has(one.page)) {
      this.waits = this.waits.filter((wait) => wait !== one);
      this.ends[one.id] = 'ok';
      return;
    }
    if (!this.waits.includes(one)) this.waits.push(one);
    if (one.stag === null && this.#free()) one.stag = this.#name();
    if (one.stag === null || !this.#writable()) return;
    one.told = true;
    this.queue.push(one.stag);
  }

  #free(): boolean {
    return this.waits.filter(({ stag }) => stag !== null).length < this.#max;
  }

  #name(): number {
    while (this.waits.some(({ stag }) => stag === this.#next)) this.#next++;
    return this.#next++;
  }

  #writable(): boolean {
    return this.eventsOn && this.queue.length < 2 ** LOG2_QUEUE;
  }
}

const control = (m: NestedMachine, eventsOn: boolean, smmuOn = true): void => m.smmu.write32(CR0, 0b1000 | (eventsOn ? 4 : 0) | (smmuOn ? 1 : 0));
const iovaOf = (page: number): bigint => IOVA + BigInt(page + 1) * 0x1000n;

function machineFor(max: number): NestedMachine {
  const m = stalling({ max });
  control(m, false);
  m.smmu.write64(0xa0, 0x4010_0000n | BigInt(LOG2_QUEUE));
  control(m, true);
  return m;
}

function access(m: NestedMachine, page: number, ended: (response: string) => void): void {
  const tell = ({ status, response }: Outcome): void => (status === 'stalled' ? undefined : ended(response));
  tell(m.smmu.translate({ sid: SID, iova: iovaOf(page), access: 'read', privileged: true }, 0, tell));
}

/** Does it to both. */
function perform(m: NestedMachine, reference: Reference, ends: string[], one: Operation, id: number): void {
  switch (one.do) {
    case 'access':
      access(m, one.page, (response) => (ends[id] = response));
      return reference.access(id, one.page);
    case 'map':
      m.mapStage1(iovaOf(one.page), IPA | S1_PAGE);
      return void reference.mapped.add(one.page);
    case 'unmap':
      m.mapStage1(iovaOf(one.page), 0n);
      return void reference.mapped.delete(one.page);
    case 'resume':
      resume(m, one.stag, one.answer);
      return reference.resume(one.stag, one.answer);
    case 'drain':
      reference.queue = [];
      m.smmu.write32(0x100ac, m.smmu.read32(0x100a8) & 7);
      return reference.room();
    case 'events':
      reference.eventsOn = !reference.eventsOn;
      control(m, reference.eventsOn);
      return reference.room();
    case 'stall-term':
      stallTerm(m);
      return reference.abortAll();
    case 'smmu-off-on':
      control(m, reference.eventsOn, false);
      control(m, reference.eventsOn);
      return reference.abortAll();
  }
}

it('who waits, what is told of and how each access ends are as the rules say [command.CMD_RESUME] [command.CMD_STALL_TERM] [register.CR0.SMMUEN] [register.CR0.EVENTQEN] [register.IDR5.STALL_MAX]', () => {
  let told = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(operation, { minLength: 1, maxLength: 40 }), (max, operations) => {
      const m = machineFor(max);
      const reference = new Reference(max);
      const ends: string[] = [];
      operations.forEach((one, id) => {
        perform(m, reference, ends, one, id);
        expect(waiting(m)).toEqual(reference.waits.map(({ stag }) => stag ?? -1));
        expect(m.smmu.eventQueue.entries().map((words) => fieldsOf(words)['STAG'])).toEqual(reference.queue);
        expect({ ...ends }).toEqual({ ...reference.ends });
        told += reference.queue.length;
      });
      // No record of a stall is ever lost: EVENTQ_PROD.OVFLG stays.
      expect(m.smmu.read32(0x100a8) >>> 31).toBe(0);
      m.memory.release();
    }),
    { numRuns: 300, seed: 312 },
  );
  expect(told).toBeGreaterThan(1000);
});
