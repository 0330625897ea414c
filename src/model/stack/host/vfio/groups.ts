/** What a container is made of. */
import type { HostDevice } from '../driver/device.ts';
import type { Domain } from '../driver/objects.ts';
import type { IommuOps } from '../driver/types.ts';

/** Devices that cannot be told apart and go together, behind one SMMU. */
export interface VfioGroup {
  readonly driver: IommuOps;
  readonly devices: readonly HostDevice[];
}

/** struct vfio_domain. */
export interface VfioDomain {
  readonly driver: IommuOps;
  readonly domain: Domain;
  readonly groups: VfioGroup[];
}
