/** A fault queue: page faults of stalled transactions for the VMM, and its answers by cookie (c.2, FAULT_QUEUE_ALLOC). */
import { ERRNO } from '../../errno.ts';
import { decodeStruct, encodeStruct } from '../../uapi/bytes.ts';
import { STRUCT_HWPT_PAGE_RESPONSE as RESPONSE, STRUCT_HWPT_PGFAULT as PGFAULT } from '../../uapi/iommufd/events.ts';
import { PAGE_RESPONSE } from '../driver/types.ts';
import type { PageRequestFault } from '../driver/types.ts';
import type { EventFile } from './event-file.ts';

/** A group of page faults: all that share one answer. */
export interface FaultGroup {
  readonly deviceId: number;
  readonly faults: readonly PageRequestFault[];
  /** Tells the device what the answer is, one of PAGE_RESPONSE. */
  respond(code: number): void;
}

/** A fault as the file gives it. */
export const encodePgfault = (deviceId: number, { flags, pasid, grpid, perm, addr }: PageRequestFault, cookie: number): Uint8Array =>
  encodeStruct(PGFAULT, { flags, dev_id: deviceId, pasid, grpid, perm, addr, cookie });

/** A fault in the queue, as a VMM reads it. */
export interface QueuedFault {
  readonly bytes: Uint8Array;
  readonly isRead: boolean;
}

const faultBytes = ({ deviceId, faults }: FaultGroup, cookie: number): Uint8Array[] => faults.map((fault) => encodePgfault(deviceId, fault, cookie));

export class FaultQueue implements EventFile {
  private readonly deliver: FaultGroup[] = [];
  private readonly waiting = new Map<number, FaultGroup>();

  push(group: FaultGroup): void {
    this.deliver.push(group);
  }

  /** Groups not read yet, and groups read but not answered. */
  get counts(): { readonly unread: number; readonly unanswered: number } {
    return { unread: this.deliver.length, unanswered: this.waiting.size };
  }

  /** Faults whose group was read and is not answered, then those that wait to be read: they have no cookie yet. */
  entries(): readonly QueuedFault[] {
    const read = [...this.waiting].flatMap(([cookie, group]) => faultBytes(group, cookie).map((bytes) => ({ bytes, isRead: true })));
    return [...read, ...this.deliver.flatMap((group) => faultBytes(group, 0).map((bytes) => ({ bytes, isRead: false })))];
  }

  /** read(): whole groups as far as they fit; -ESPIPE when `length` is no multiple of a fault. */
  read(length: number): Uint8Array | number {
    if (length % PGFAULT.bytes !== 0) return -ERRNO.ESPIPE;
    const bytes: number[] = [];
    for (let group = this.deliver[0]; group !== undefined; group = this.deliver[0]) {
      if (bytes.length + group.faults.length * PGFAULT.bytes > length) break;
      this.deliver.shift();
      const cookie = this.#freeCookie();
      this.waiting.set(cookie, group);
      for (const fault of faultBytes(group, cookie)) bytes.push(...fault);
    }
    return Uint8Array.from(bytes);
  }

  /**
   * write(): answers, in order, up to the first bad one; -ESPIPE when `data` is no multiple of an answer, -EINVAL when
   * the first has another code than SUCCESS and INVALID or a cookie that nothing waits for.
   */
  write(data: Uint8Array): number {
    if (data.length % RESPONSE.bytes !== 0) return -ERRNO.ESPIPE;
    for (let done = 0; done < data.length; done += RESPONSE.bytes) {
      const { cookie, code } = decodeStruct(RESPONSE, data, done);
      const group = this.waiting.get(cookie);
      if ((code !== PAGE_RESPONSE.SUCCESS && code !== PAGE_RESPONSE.INVALID) || group === undefined)
        return done === 0 ? -ERRNO.EINVAL : done;
      this.waiting.delete(cookie);
      group.respond(code);
    }
    return data.length;
  }

  /** Every fault of the device, or of all with null, is answered INVALID: it, or the queue, goes away. */
  abandon(deviceId: number | null): void {
    const mine = (group: FaultGroup): boolean => deviceId === null || group.deviceId === deviceId;
    for (const group of this.deliver.filter(mine)) {
      this.deliver.splice(this.deliver.indexOf(group), 1);
      group.respond(PAGE_RESPONSE.INVALID);
    }
    for (const [cookie, group] of [...this.waiting].filter(([, one]) => mine(one))) {
      this.waiting.delete(cookie);
      group.respond(PAGE_RESPONSE.INVALID);
    }
  }

  /** The lowest number from 1 that no waiting group has. */
  #freeCookie(): number {
    let cookie = 1;
    while (this.waiting.has(cookie)) cookie++;
    return cookie;
  }
}
