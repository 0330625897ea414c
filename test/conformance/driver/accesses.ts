/** Accesses of the streams of a driver's machine, where leaves begin and beside. */
import type { Transaction } from '../../../src/model/smmu/smmu.ts';
import { slots, upperPrefix } from './changes.ts';
import type { Changes } from './changes.ts';
import type { DriverMachine, Stream } from './machine.ts';
import { chance, pick } from './random.ts';
import type { Random } from './random.ts';
import { DATA } from './vm.ts';
import type { Vm } from './vm.ts';

export interface Access {
  readonly stream: Stream;
  readonly request: Omit<Transaction, 'sid'>;
}

/** Makes accesses up; half of them are those that came shortly before, so that caches answer. */
export class Accesses {
  readonly #machine: DriverMachine;
  readonly #changes: Changes;
  readonly #random: Random;
  readonly #recent: Access[] = [];

  constructor(machine: DriverMachine, changes: Changes, random: Random) {
    this.#machine = machine;
    this.#changes = changes;
    this.#random = random;
  }

  next(vms: readonly Vm[]): Access {
    const random = this.#random;
    const known = this.#recent.filter(({ stream }) => vms.includes(stream.vm));
    if (known.length > 0 && chance(random, 50)) {
      const { stream, request } = pick(random, known);
      return chance(random, 70) ? { stream, request } : { stream, request: { ...request, access: pick(random, ['read', 'write'] as const) } };
    }
    const access = this.#new(vms);
    this.#recent.push(access);
    if (this.#recent.length > 12) this.#recent.shift();
    return access;
  }

  #new(vms: readonly Vm[]): Access {
    const random = this.#random;
    const { last } = this.#changes;
    const near = last !== null && vms.includes(last.vm) && chance(random, 50) ? last : null;
    const streams = this.#machine.streams.filter(({ vm, stage2Only }) => (near === null ? vms.includes(vm) : vm === near.vm && (near.ipa || !stage2Only)));
    const stream = pick(random, streams);
    const { vm } = stream;
    const single = vm.shape.cdMax === 0 || stream.stage2Only || chance(random, 40);
    const ssid = single ? undefined : pick(random, vm.contexts).ssid;
    const iova = near !== null && near.ipa === stream.stage2Only ? near.address : this.#address(stream);
    const within = chance(random, 60) ? 0n : BigInt(random(4)) * (chance(random, 50) ? 0x1000n : 0x8n);
    const request = { iova: iova + within, access: pick(random, ['read', 'read', 'read', 'write', 'write', 'execute'] as const), privileged: chance(random, 40) };
    return { stream, request: ssid === undefined || (ssid === 0 && chance(random, 90)) ? request : { ...request, ssid } };
  }

  #address({ vm, stage2Only }: Stream): bigint {
    const random = this.#random;
    if (stage2Only) return DATA + pick(random, slots(vm.stage2!));
    const upper = vm.shape.world !== 'EL2' && chance(random, 40);
    const tables = upper ? vm.upper[0]!.tables : vm.lower[0]!;
    return (upper ? upperPrefix(tables) : 0n) + DATA + pick(random, slots(tables));
  }
}
