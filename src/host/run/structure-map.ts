/** Which structure of a machine an address lies in, as of the last time its run stood still. */
import { hex } from '../../model/base/address.ts';
import type { AddressPlace, StructureRef } from '../../protocol/contract.ts';
import type { StructurePlace } from '../engine/api.ts';

interface Extent {
  readonly place: StructurePlace;
  readonly address: bigint;
  readonly pa: bigint | null;
  readonly size: bigint;
}

const holds = (base: bigint | null, { size }: Extent, address: bigint): boolean => base !== null && address >= base && address < base + size;

/** The smallest: a table inside a VM's RAM rather than the RAM. */
const innermost = (extents: readonly Extent[]): Extent | null => extents.reduce<Extent | null>((best, one) => (best === null || one.size < best.size ? one : best), null);

const refOf = ({ place: { name, owner } }: Extent): StructureRef => ({ name, owner });

export class StructureMap {
  readonly places: readonly StructurePlace[];
  readonly #extents: readonly Extent[];

  constructor(places: readonly StructurePlace[]) {
    this.places = places;
    const reachable = places.filter(({ space }) => space !== 'kernel');
    this.#extents = reachable.map((place) => ({ place, address: BigInt(place.address), pa: place.pa === null ? null : BigInt(place.pa), size: BigInt(place.size) }));
  }

  /** Null: nothing that is known of lies there. */
  at(pa: bigint): StructureRef | null {
    const found = innermost(this.#extents.filter((one) => holds(one.pa, one, pa)));
    return found === null ? null : refOf(found);
  }

  /** What a number means as a PA, and as an IPA of each VM. */
  whereIs(address: bigint): AddressPlace[] {
    const physical = innermost(this.#extents.filter((one) => holds(one.pa, one, address)));
    const vms = [...new Set(this.#extents.filter(({ place }) => place.space === 'ipa').map(({ place }) => place.vm))];
    const guests = vms.map((vm) => innermost(this.#extents.filter((one) => one.place.space === 'ipa' && one.place.vm === vm && holds(one.address, one, address))));
    return [
      ...(physical === null ? [] : [{ ...refOf(physical), space: 'pa' as const, vm: null, offset: hex(address - physical.pa!) }]),
      ...guests.flatMap((found) => (found === null ? [] : [{ ...refOf(found), space: 'ipa' as const, vm: found.place.vm, offset: hex(address - found.address) }])),
    ];
  }
}
