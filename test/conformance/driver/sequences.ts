import { Accesses } from './accesses.ts';
import type { Access } from './accesses.ts';
import { Changes } from './changes.ts';
import { DriverMachine } from './machine.ts';
import { chance } from './random.ts';

/** How many in all; the machine is another one after each 40. */
export const SEQUENCES = Number(process.env['SMMU_LAB_SEQUENCES'] ?? 4000);
export const OF_A_MACHINE = 40;
const PARTS = Math.ceil(SEQUENCES / 2000);
const MACHINES = Math.ceil(SEQUENCES / OF_A_MACHINE / PARTS);
/** Seeds of the machines, in parts that are tests of their own. */
export const SEEDS: readonly (readonly [part: number, seeds: readonly number[]])[] = Array.from({ length: PARTS }, (_, part) => [
  part + 1,
  Array.from({ length: MACHINES }, (_, i) => part * MACHINES + i),
]);
/** As many of a kind as a part must have had, one in `every`: none where there are few sequences in all. */
export const leastOf = (every: number): number => Math.floor((MACHINES * OF_A_MACHINE) / every / 2) - 1;

const asked = ({ stream, request }: Access): string => `StreamID ${stream.sid} ${JSON.stringify(request, (_, value: unknown) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value))}`;

/** A machine, its driver and its devices, all from one seed. */
export class Sequences {
  readonly machine: DriverMachine;
  readonly #changes: Changes;
  readonly #accesses: Accesses;
  readonly #vms: DriverMachine['vms'];
  readonly #seed: number;

  constructor(seed: number, least = false) {
    this.#seed = seed;
    const m = (this.machine = new DriverMachine(seed, { least }));
    this.#changes = new Changes(m);
    this.#changes.populate();
    this.#accesses = new Accesses(m, this.#changes, m.random);
    const some = m.vms.filter(() => chance(m.random, 50));
    this.#vms = some.length === 0 ? m.vms : some;
  }

  /** One change with its commands. */
  change(): void {
    this.#changes.any(this.#vms);
  }

  /** The next changes are to concern these accesses, as far as they can. */
  aim(accesses: readonly Access[]): void {
    this.#changes.aim(accesses);
  }

  next(): Access {
    return this.#accesses.next(this.#vms);
  }

  /** Everything that led to an access, for a failure. */
  story(access: Access): string {
    return `seed ${this.#seed}\n${this.machine.log.slice(-40).join('\n')}\n${asked(access)}`;
  }
}
