/** The objects of an iommufd: numbered from 1, found by number and type, destroyed when nothing uses them. */
import { ERRNO } from '../../errno.ts';
import type { HostDevice } from '../driver/device.ts';
import type { Domain, NestedDomain, Viommu } from '../driver/objects.ts';
import type { HostDriver } from '../driver/types.ts';
import type { FaultQueue } from './fault-queue.ts';
import type { IoasMappings } from './ioas-mappings.ts';
import type { Veventq } from './veventq.ts';

interface Common {
  readonly id: number;
  /** Objects that hold on to this one. */
  users: number;
}

export interface Ioas extends Common {
  readonly type: 'ioas';
  readonly mappings: IoasMappings;
}

export interface Hwpt extends Common {
  readonly type: 'hwpt-paging';
  readonly driver: HostDriver;
  readonly domain: Domain;
  readonly ioas: Ioas;
  readonly nestParent: boolean;
  /** Made by attaching to an IOAS, and gone with the last device. */
  readonly auto: boolean;
  readonly fault: Fault | null;
}

export interface NestedHwpt extends Common {
  readonly type: 'hwpt-nested';
  readonly driver: HostDriver;
  readonly domain: NestedDomain;
  readonly viommu: ViommuObject;
  readonly fault: Fault | null;
}

export interface Device extends Common {
  readonly type: 'device';
  readonly driver: HostDriver;
  readonly device: HostDevice;
  hwpt: Hwpt | NestedHwpt | null;
  vdevice: Vdevice | null;
}

export interface ViommuObject extends Common {
  readonly type: 'viommu';
  readonly driver: HostDriver;
  readonly viommu: Viommu;
  readonly parent: Hwpt;
  veventq: VeventqObject | null;
}

export interface Vdevice extends Common {
  readonly type: 'vdevice';
  readonly viommu: ViommuObject;
  readonly virtId: bigint;
  /** null: the device was unbound; the number remains, as a tombstone, until it is destroyed. */
  device: Device | null;
}

export interface VeventqObject extends Common {
  readonly type: 'veventq';
  readonly viommu: ViommuObject;
  readonly queue: Veventq;
}

export interface Fault extends Common {
  readonly type: 'fault';
  readonly queue: FaultQueue;
}

export type IommufdObject = Ioas | Hwpt | NestedHwpt | Device | ViommuObject | Vdevice | VeventqObject | Fault;

type OfType<T extends IommufdObject['type']> = Extract<IommufdObject, { readonly type: T }>;

export class ObjectTable {
  private readonly objects = new Map<number, IommufdObject>();
  private next = 1;

  /** Enters an object under the next number. */
  add<T extends IommufdObject>(make: (id: number) => T): T {
    const object = make(this.next++);
    this.objects.set(object.id, object);
    return object;
  }

  /** The object of that number and type, or -ENOENT. */
  get<T extends IommufdObject['type']>(id: number, type: T): OfType<T> | number {
    const object = this.objects.get(id);
    return object?.type === type ? (object as OfType<T>) : -ERRNO.ENOENT;
  }

  /** The object of that number, or -ENOENT. */
  any(id: number): IommufdObject | number {
    return this.objects.get(id) ?? -ERRNO.ENOENT;
  }

  remove(object: IommufdObject): void {
    this.objects.delete(object.id);
  }

  all(): IterableIterator<IommufdObject> {
    return this.objects.values();
  }
}
