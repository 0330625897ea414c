/** One ioctl on its way: the kernel's copy of the structure, what it knows, and the way back to the caller. */
import { putField } from '../../uapi/bytes.ts';
import type { FieldName, UapiStruct, ValuesOf } from '../../uapi/bytes.ts';
import type { StackJournal } from '../../journal.ts';
import type { UserMemory } from '../../uapi/user-memory.ts';
import type { FaultReports } from '../core/fault-reports.ts';
import type { EventFile } from './event-file.ts';
import type { ObjectTable } from './objects.ts';

/** What all ioctls of one iommufd share. */
export interface IommufdContext {
  readonly objects: ObjectTable;
  readonly memory: UserMemory;
  readonly reports: FaultReports;
  readonly journal: StackJournal;
  /** Gives a file its descriptor. */
  openFile(file: EventFile, onClose: () => void): number;
}

export class Ucmd {
  /** The structure at the kernel's size: what the caller did not send is 0. */
  readonly bytes: Uint8Array;
  private readonly user: Uint8Array;
  private readonly userSize: number;

  constructor(bytes: Uint8Array, user: Uint8Array, userSize: number) {
    this.bytes = bytes;
    this.user = user;
    this.userSize = userSize;
  }

  /** iommufd_ucmd_respond(): sets members and copies back as much as the caller knows of. Gives 0. */
  respond<S extends UapiStruct>(struct: S, values: Partial<ValuesOf<S>>): 0 {
    for (const name of Object.keys(values) as FieldName<S>[]) {
      const value = values[name];
      if (value !== undefined) putField(struct, name, value, this.bytes);
    }
    this.user.set(this.bytes.subarray(0, Math.min(this.bytes.length, this.userSize)));
    return 0;
  }
}
