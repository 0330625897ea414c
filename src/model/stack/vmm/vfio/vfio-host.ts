import { accessor, CERROR, COMMANDS, commandName } from '../../../spec/index.ts';
import type { CaseDef } from '../../../spec/index.ts';
import { assert } from '../../../base/assert.ts';
import { errnoText } from '../../errno.ts';
import type { HopDetail, HopEnd, HopMark } from '../../journal.ts';
import { FAULT_PAGE_REQUEST, FAULT_TYPE, PAGE_RESPONSE } from '../../host/driver/types.ts';
import type { IommuFault, PageRequestFault } from '../../host/driver/types.ts';
import { eventData, whyLost } from '../event-ring.ts';
import { GuestStalls } from '../guest-stalls.ts';
import { DONE, stoppedBy } from '../guest-side.ts';
import type { Executed, GuestSide, HostSide } from '../guest-side.ts';
import type { IoctlPort } from '../ioctl-port.ts';
import { stallRecord } from '../stall-record.ts';
import { judgeCommand } from './command-policy.ts';
import { cacheInvalidate, setPasidTable } from './container-calls.ts';
import type { Invalidation } from './container-calls.ts';
import { injectionOf } from './fault-injection.ts';
import type { VfioPolicy } from './policy.ts';
import { streamConfig } from './stream-config.ts';
import type { StreamConfig } from './stream-config.ts';
import { forwardTlbi } from './tlb-invalidation.ts';
import { answerFault, takeFaults } from './vfio-device.ts';
import type { AssignedDevice } from './vfio-device.ts';

const fieldOfCommand = (name: string, field: string) => {
  const record = COMMANDS.byName.get(name);
  assert(record !== undefined, `there is a command ${name}`);
  return accessor(record, field);
};

const sidOf = fieldOfCommand('CMD_CFGI_STE', 'StreamID');
const rangeOf = fieldOfCommand('CMD_CFGI_STE_RANGE', 'Range');
const csOf = fieldOfCommand('CMD_SYNC', 'CS');

const CFGI_ALL = 31;
const SIG_IRQ = 1;

/** The VMM on the v16 uAPI: every command by itself, with the ioctls it takes, before CONS moves (b.3). */
export class VfioHost implements HostSide {
  readonly batch = 1;
  private readonly guest: GuestSide;
  private readonly devices: readonly AssignedDevice[];
  private readonly policy: VfioPolicy;
  /** Streams whose configuration the VMM has cached: decoded since their last invalidation. */
  private readonly cached = new Set<number>();
  /** What the host was last told: of a container, since all of its devices share one configuration (a.5). */
  private readonly told = new Map<IoctlPort, StreamConfig['kind']>();
  private readonly stalls: GuestStalls;

  constructor(guest: GuestSide, devices: readonly AssignedDevice[], policy: VfioPolicy) {
    this.guest = guest;
    this.devices = devices;
    this.policy = policy;
    this.stalls = new GuestStalls(guest);
  }

  joins(): boolean {
    return false;
  }

  execute([words]: readonly Int32Array[]): Executed {
    assert(words !== undefined, 'there is a command to execute');
    const verdict = judgeCommand(words, this.guest.features, this.policy);
    if ('cerror' in verdict) {
      this.#say(commandName(words[0]! & 0xff), {}, `CERROR_ILL: ${verdict.why}`);
      return stoppedBy(verdict.cerror);
    }
    if ('ignored' in verdict) {
      const served = this.policy.stalls === 'forward' && this.stalls.serve(verdict.ignored.id, words);
      if (!served) this.#say(verdict.ignored.id, {}, 'unhandled: consumed without effect');
      return DONE;
    }
    return this.#serve(verdict.record, words);
  }

  #serve(record: CaseDef, words: Int32Array): Executed {
    switch (record.id) {
      case 'CMD_SYNC':
        return { handled: 1, cerror: CERROR.NONE, interrupt: (csOf(words, 0) & SIG_IRQ) !== 0 };
      case 'CMD_CFGI_STE':
        this.#say(record.id, { StreamID: sidOf(words, 0) });
        this.#configure(sidOf(words, 0));
        return DONE;
      case 'CMD_CFGI_STE_RANGE':
        this.#configureRange(sidOf(words, 0), rangeOf(words, 0));
        return DONE;
      case 'CMD_CFGI_CD':
      case 'CMD_CFGI_CD_ALL':
        this.#invalidateCd(record.id, sidOf(words, 0));
        return DONE;
      case 'CMD_PREFETCH_CONFIG':
      case 'CMD_PREFETCH_ADDR':
        return DONE;
      default:
        this.#invalidateTlb(record.id, words);
        return DONE;
    }
  }

  enableChanged(enabled: boolean): void {
    if (this.policy.enable === 'ignore') return;
    if (!enabled) this.stalls.terminateAll();
    const { gbpaAbort } = this.guest.registers;
    for (const device of this.devices) {
      if (enabled) this.#configure(device.vSid);
      else this.#tell(device, { kind: gbpaAbort ? 'abort' : 'bypass' });
    }
  }

  tellStalls(): boolean {
    return this.stalls.tell();
  }

  hostEvents(): boolean {
    let worked = this.tellStalls();
    for (const device of this.devices) {
      for (const fault of takeFaults(device)) {
        this.#takeFault(device, fault);
        worked = true;
      }
    }
    return worked;
  }

  #takeFault(device: AssignedDevice, fault: IommuFault | null): void {
    const drop = (why: string): void => this.#say('fault', { device: device.name, type: fault?.type ?? null }, why, { fault: 'injected' });
    if (fault === null) return drop('a fault of unknown type');
    if (fault.type === FAULT_TYPE.PAGE_REQ) return this.policy.stalls === 'skip' ? drop('page requests are skipped: the transaction waits for ever') : this.#stall(device, fault);
    const injection = injectionOf(fault, device.vSid, this.policy);
    if ('dropped' in injection) return drop(injection.dropped);
    this.#inject(device, injection.name, injection.words, injection.lost);
  }

  #stall(device: AssignedDevice, fault: PageRequestFault): void {
    const { name, vSid } = device;
    const { grpid, flags, pasid } = fault;
    const answer = { grpid, pasid: (flags & FAULT_PAGE_REQUEST.PASID_VALID) === 0 ? null : pasid };
    const respond = (retry: boolean): number => Math.min(answerFault(device, { ...answer, code: retry ? PAGE_RESPONSE.SUCCESS : PAGE_RESPONSE.INVALID }), 0);
    this.stalls.add({ device: name, vSid, stag: grpid & 0xffff, words: stallRecord(vSid, fault), respond });
  }

  #inject(device: AssignedDevice, event: string, words: Int32Array, lost: readonly string[]): void {
    const detail = { device: device.name, event, lost: lost.join(', ') };
    const end = { fault: 'injected', data: eventData(words) } as const;
    this.guest.events.inject(words, (injected) => this.#say('inject', detail, whyLost(injected), end));
  }

  #configureRange(first: number, range: number): void {
    const all = range === CFGI_ALL;
    const name = all ? 'CMD_CFGI_ALL' : 'CMD_CFGI_STE_RANGE';
    const last = first + 2 ** (range + 1) - 1;
    const within = this.devices.filter(({ vSid }) => all || (vSid >= first && vSid <= last));
    const served = within.filter(({ vSid }) => this.policy.range === 'all' || this.cached.has(vSid));
    const missed = within.filter((device) => !served.includes(device)).map((device) => device.name);
    this.#say(
      name,
      { StreamID: all ? null : first },
      missed.length === 0 ? undefined : `not in the configuration cache: ${missed.join(', ')}`,
    );
    for (const { vSid } of served) this.#configure(vSid);
  }

  #invalidateCd(name: string, sid: number): void {
    const known = this.devices.some(({ vSid }) => vSid === sid);
    if (known && this.policy.cd === 'drop') {
      this.cached.delete(sid);
      this.#say(name, { StreamID: sid }, 'only the VMM drops its copy: the uAPI has no call for it');
      return;
    }
    this.#say(name, { StreamID: sid });
    const translating = this.devices.some((device) => device.vSid === sid && this.told.get(device.container) === 'translate');
    if (translating) this.#configure(sid);
  }

  /** Reads the STE of a stream anew and tells the host. */
  #configure(sid: number): void {
    this.cached.delete(sid);
    for (const device of this.devices.filter(({ vSid }) => vSid === sid)) {
      const config = streamConfig(this.guest, sid, this.policy.decode);
      if (config.kind !== 'bad') this.cached.add(sid);
      if (config.kind !== 'bad') this.#tell(device, config);
      else if (this.policy.badSte === 'abort') this.#tell(device, { kind: 'abort' });
      else this.#say('SET_PASID_TABLE', { device: device.name, StreamID: sid }, `${config.why}: no ioctl, the host keeps what it has`);
    }
  }

  #tell(device: AssignedDevice, config: Exclude<StreamConfig, { kind: 'bad' }>): void {
    const again = config.kind === 'translate' && this.told.get(device.container) === 'translate';
    // a.5 #7: the host refuses TRANSLATE upon TRANSLATE. The way round also drops the CDs that the SMMU caches (4.3.1).
    if (again && this.policy.retranslate === 'through-abort') this.#set(device, { kind: 'abort' });
    this.#set(device, config);
  }

  #set(device: AssignedDevice, config: Exclude<StreamConfig, { kind: 'bad' }>): void {
    const since = this.guest.journal.mark();
    const result = setPasidTable(device.container, config);
    if (result === 0) this.told.set(device.container, config.kind);
    const detail = { device: device.name, config: config.kind, base_ptr: config.kind === 'translate' ? config.contextPtr : null };
    this.#answer('SET_PASID_TABLE', detail, result, `Failed to pass PASID table to host: ${errnoText(result)}`, since);
  }

  #invalidateTlb(name: string, words: Int32Array): void {
    const forwarded = forwardTlbi(name, words, this.policy);
    if ('dropped' in forwarded) return this.#say(name, {}, forwarded.dropped);
    this.#say(name);
    const containers = new Set(this.devices.map((device) => device.container));
    for (const invalidation of forwarded.calls) for (const container of containers) this.#invalidate(container, invalidation);
  }

  /** A failure is logged; the guest sees success. */
  #invalidate(container: IoctlPort, invalidation: Invalidation): void {
    const since = this.guest.journal.mark();
    const result = cacheInvalidate(container, invalidation);
    const names = this.devices.filter((device) => device.container === container).map((device) => device.name);
    this.#answer('CACHE_INVALIDATE', { device: names.join(', '), ...invalidation }, result, `failed to invalidate: ${errnoText(result)}`, since);
  }

  #answer(action: string, detail: HopDetail, result: number, failure: string, since: HopMark): void {
    this.guest.journal.record('vmm', action, detail, result === 0 ? { result, since } : { result, dropped: failure, since });
  }

  #say(action: string, detail: HopDetail = {}, dropped?: string, end: HopEnd = {}): void {
    this.guest.journal.record('vmm', action, detail, dropped === undefined ? end : { ...end, dropped });
  }
}
