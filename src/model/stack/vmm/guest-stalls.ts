import { accessor, COMMANDS } from '../../spec/index.ts';
import { errnoText } from '../errno.ts';
import { eventData, whyLost } from './event-ring.ts';
import type { GuestSide } from './guest-side.ts';
import { LOST_OF_STALL } from './stall-record.ts';

const RESUME = COMMANDS.byName.get('CMD_RESUME')!;
const StreamID = accessor(RESUME, 'StreamID');
const STAG = accessor(RESUME, 'STAG');
const Ac = accessor(RESUME, 'Ac');
const Ab = accessor(RESUME, 'Ab');

/** A transaction of the guest's device that is stalled, as the host told the VMM. */
export interface GuestStall {
  readonly device: string;
  readonly vSid: number;
  readonly stag: number;
  /** Its event record, of eight words. */
  readonly words: Int32Array;
  /** Tells the host: again, or ended. 0 or a negative errno. */
  respond(retry: boolean): number;
}

/**
 * Stalls between the host, which told the VMM of them, and the guest, which answers with CMD_RESUME or CMD_STALL_TERM
 * (IHI 0070 3.12.2, 4.7). The VMM keeps the way back of each: a group of the response region, or a cookie.
 */
export class GuestStalls {
  private readonly guest: GuestSide;
  /** In the guest's event queue, or taken from it. */
  private told: GuestStall[] = [];
  /** For which the guest's event queue had no room yet. */
  private untold: GuestStall[] = [];

  constructor(guest: GuestSide) {
    this.guest = guest;
  }

  /** The host told of one. A STAG that comes again is free again at the host: what had it before is over. */
  add(stall: GuestStall): void {
    const other = (one: GuestStall): boolean => one.vSid !== stall.vSid || one.stag !== stall.stag;
    this.told = this.told.filter(other);
    this.untold = [...this.untold.filter(other), stall];
    this.tell();
    if (this.untold.includes(stall)) this.#say('stall', stall, { waits: "for room in the guest's event queue" });
  }

  /** Writes the records that the guest's event queue has room for, oldest first; false: none. */
  tell(): boolean {
    const before = this.untold.length;
    while (this.untold.length > 0 && this.guest.events.ready) {
      const stall = this.untold.shift()!;
      // The guest may answer before this returns.
      this.told.push(stall);
      const { device, words, stag } = stall;
      const detail = { device, event: 'F_TRANSLATION', STAG: stag, Stall: 1, lost: LOST_OF_STALL };
      let lost = false;
      this.guest.events.inject(words, (injected) => {
        const dropped = whyLost(injected);
        lost = dropped !== undefined;
        this.guest.journal.record('vmm', 'inject', detail, { fault: 'injected', data: eventData(words), ...(dropped === undefined ? {} : { dropped }) });
      });
      if (lost) {
        // 3.12.2: what could not be written is told when the queue can be written again.
        this.told = this.told.filter((one) => one !== stall);
        this.untold.unshift(stall);
        break;
      }
    }
    return this.untold.length < before;
  }

  /** False: the command is not one of those that answer stalls. */
  serve(name: string, words: Int32Array): boolean {
    const vSid = StreamID(words, 0) >>> 0;
    if (name === 'CMD_RESUME') this.#resume(vSid, STAG(words, 0), Ac(words, 0) === 1 ? 'retry' : Ab(words, 0) === 1 ? 'abort' : 'RAZ/WI');
    else if (name === 'CMD_STALL_TERM') this.#terminate(name, (one) => one.vSid === vSid);
    else return false;
    return true;
  }

  /** CR0.SMMUEN became 0: everything that is stalled ends (6.3.9.6). */
  terminateAll(): void {
    this.#terminate('SMMUEN 0', () => true);
  }

  /** 4.7.1: a STAG that the stream does not have is no error. */
  #resume(vSid: number, stag: number, how: 'retry' | 'abort' | 'RAZ/WI'): void {
    const stall = this.told.find((one) => one.vSid === vSid && one.stag === stag);
    const dropped = 'no stall of the stream has this STAG';
    if (stall === undefined) this.guest.journal.record('vmm', 'CMD_RESUME', { StreamID: vSid, STAG: stag }, { dropped });
    // Neither uAPI has an answer by which the device reads zeroes.
    else this.#answer('CMD_RESUME', stall, how === 'retry', how === 'RAZ/WI' ? 'RAZ/WI: the device sees an abort' : null);
  }

  /** What the guest was told of, and what it was not (4.7.2). */
  #terminate(action: string, which: (stall: GuestStall) => boolean): void {
    for (const stall of [...this.told, ...this.untold].filter(which)) this.#answer(action, stall, false);
  }

  #answer(action: string, stall: GuestStall, retry: boolean, lost: string | null = null): void {
    this.told = this.told.filter((one) => one !== stall);
    this.untold = this.untold.filter((one) => one !== stall);
    const since = this.guest.journal.mark();
    const result = stall.respond(retry);
    const detail = { device: stall.device, STAG: stall.stag, code: retry ? 'SUCCESS' : 'INVALID', lost };
    this.guest.journal.record('vmm', action, detail, { since, result, ...(result === 0 ? {} : { dropped: `the host does not take the answer: ${errnoText(result)}` }) });
  }

  #say(action: string, { device, stag }: GuestStall, more: Readonly<Record<string, string>>): void {
    this.guest.journal.record('vmm', action, { device, STAG: stag, ...more });
  }
}
