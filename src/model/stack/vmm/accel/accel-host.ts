import { fromWords } from '../../../base/address.ts';
import { assert } from '../../../base/assert.ts';
import { isPresent } from '../../../smmu/registers/presence.ts';
import { accessor, CERROR, COMMANDS, commandName, encode, eventName, fieldOf, illegalSte, STE } from '../../../spec/index.ts';
import type { CaseDef, FieldValues } from '../../../spec/index.ts';
import { errnoText } from '../../errno.ts';
import { PAGE_RESPONSE } from '../../host/driver/types.ts';
import { decodeStruct, encodeStruct } from '../../uapi/bytes.ts';
import { STRUCT_HWPT_PAGE_RESPONSE, STRUCT_HWPT_PGFAULT } from '../../uapi/iommufd/events.ts';
import type { HopDetail, HopEnd, HopMark } from '../../journal.ts';
import { eventData, whyLost } from '../event-ring.ts';
import { DONE, stoppedBy } from '../guest-side.ts';
import type { Executed, GuestSide, HostSide } from '../guest-side.ts';
import { GuestStalls } from '../guest-stalls.ts';
import { stallRecord } from '../stall-record.ts';
import { findSte } from '../stream-table.ts';
import type { IommufdCalls } from './iommufd-calls.ts';
import { VeventReader } from './vevents.ts';
import type { AccelDevice, Vsmmu } from './vsmmu.ts';

export interface AccelOptions {
  readonly calls: IommufdCalls;
  readonly vsmmu: Vsmmu;
  /** Commands that one HWPT_INVALIDATE takes; QEMU sends each by itself. */
  readonly commandsPerIoctl: number;
}

/** Commands that the host takes as they are but for VMID and StreamID (c.5). */
const FORWARDED: ReadonlySet<string> = new Set([
  'CMD_TLBI_NSNH_ALL',
  'CMD_TLBI_NH_ALL',
  'CMD_TLBI_NH_ASID',
  'CMD_TLBI_NH_VA',
  'CMD_TLBI_NH_VAA',
  'CMD_ATC_INV',
  'CMD_CFGI_CD',
  'CMD_CFGI_CD_ALL',
]);

const CFGI_ALL = 31;
const SIG_IRQ = 1;
const CS_RESERVED = 3;
const CONFIG_ENABLED = 4;
const CONFIG_BYPASS = 4;
const READ_BYTES = 4096;
/** read() of a fault queue takes whole faults. */
const FAULTS_BYTES = 64 * STRUCT_HWPT_PGFAULT.bytes;

const Config = accessor(STE, 'Config');

/** Bits of the first two words that the uAPI takes (c.4). */
const TAKEN = steMask({
  V: true,
  Config: 7,
  S1Fmt: 3,
  S1ContextPtr: 0x000f_ffff_ffff_ffc0n,
  S1CDMax: 31,
  S1DSS: 3,
  S1CIR: 3,
  S1COR: 3,
  S1CSH: 3,
  S1STALLD: true,
  EATS: 3,
});

function steMask(fields: FieldValues): Int32Array {
  const words = new Int32Array(16);
  encode(STE, fields, words, 0);
  return words;
}

/** The accelerated VMM (c.9): a domain for each vSTE, the guest's own commands in HWPT_INVALIDATE, raw events back. */
export class AccelHost implements HostSide {
  readonly batch: number;
  private readonly guest: GuestSide;
  private readonly calls: IommufdCalls;
  private readonly vsmmu: Vsmmu;
  private readonly reader = new VeventReader();
  private readonly stalls: GuestStalls;
  private eventFile: number | null = null;

  constructor(guest: GuestSide, options: AccelOptions) {
    this.batch = options.commandsPerIoctl;
    this.guest = guest;
    this.calls = options.calls;
    this.vsmmu = options.vsmmu;
    this.stalls = new GuestStalls(guest);
  }

  joins(words: Int32Array): boolean {
    const record = COMMANDS.byNumber.get(words[0]! & 0xff);
    if (record === undefined || !FORWARDED.has(record.id) || this.#whyIllegal(record, words) !== null) return false;
    const sid = fieldOfCommand(record, words, 'StreamID');
    return sid === null || this.#devicesOf(sid).length > 0;
  }

  execute(commands: readonly Int32Array[]): Executed {
    const [words] = commands;
    assert(words !== undefined, 'there is a command to execute');
    if (this.joins(words)) return this.#forward(commands);
    const record = COMMANDS.byNumber.get(words[0]! & 0xff);
    const why = record === undefined ? 'unknown opcode' : this.#whyIllegal(record, words);
    if (record !== undefined && why === null) return this.#serve(record, words);
    this.#say(commandName(words[0]! & 0xff), {}, `CERROR_ILL: ${why}`);
    return stoppedBy(CERROR.ILL);
  }

  enableChanged(enabled: boolean): void {
    if (enabled) this.#openEvents();
    else this.stalls.terminateAll();
    const { gbpaAbort } = this.guest.registers;
    for (const device of this.vsmmu.devices) {
      if (enabled) this.#install(device);
      else this.#switch(device, gbpaAbort ? 'abort' : 'bypass', () => (gbpaAbort ? this.vsmmu.useAbort(device) : this.vsmmu.useBypass(device)));
    }
  }

  tellStalls(): boolean {
    return this.stalls.tell();
  }

  hostEvents(): boolean {
    const told = this.tellStalls();
    let worked = this.#read(this.vsmmu.faults?.fd ?? null, FAULTS_BYTES, (bytes) => this.#takeFaults(bytes)) || told;
    while (this.#read(this.eventFile, READ_BYTES, (bytes) => this.#takeEvents(bytes))) worked = true;
    return worked;
  }

  /** Once: the guest may answer a fault at once, and so bring the next. False: nothing was there. */
  #read(fd: number | null, length: number, take: (bytes: Uint8Array) => void): boolean {
    const bytes = fd === null ? 0 : this.calls.file.readFile(fd, length);
    if (typeof bytes === 'number' || bytes.length === 0) return false;
    take(bytes);
    return true;
  }

  #takeEvents(bytes: Uint8Array): void {
    for (const event of this.reader.parse(bytes)) {
      if ('words' in event) this.#inject(event.words);
      else this.#say('vEVENTQ', { lost: event.lost }, 'the host lost events');
    }
  }

  /** Page faults become stalls of the guest; the cookie is the way back. */
  #takeFaults(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += STRUCT_HWPT_PGFAULT.bytes) {
      const fault = decodeStruct(STRUCT_HWPT_PGFAULT, bytes, at);
      const device = this.vsmmu.devices.find(({ devId }) => devId === fault.dev_id);
      const respond = (retry: boolean): number => this.#answerFault(fault.cookie, retry);
      if (device === undefined) respond(false);
      else this.stalls.add({ device: device.name, vSid: device.vSid, stag: fault.grpid & 0xffff, words: stallRecord(device.vSid, fault), respond });
    }
  }

  #answerFault(cookie: number, retry: boolean): number {
    const answer = encodeStruct(STRUCT_HWPT_PAGE_RESPONSE, { cookie, code: retry ? PAGE_RESPONSE.SUCCESS : PAGE_RESPONSE.INVALID });
    return Math.min(this.calls.file.writeFile(this.vsmmu.faults!.fd, answer), 0);
  }

  #inject(words: Int32Array): void {
    const sid = words[1]! >>> 0;
    const detail = { device: this.#devicesOf(sid)[0]?.name ?? null, event: eventName(words[0]! & 0xff), StreamID: sid };
    const end = { fault: 'injected', data: eventData(words) } as const;
    this.guest.events.inject(words, (injected) => this.#say('inject', detail, whyLost(injected), end));
  }

  /** As deep as the guest's event queue, whose size is settled once the guest enables the SMMU. */
  #openEvents(): void {
    if (this.eventFile !== null) return;
    const since = this.guest.journal.mark();
    const file = this.calls.veventqAlloc(this.vsmmu.viommu, 2 ** this.guest.registers.eventq.log2Size);
    this.#answer('VEVENTQ_ALLOC', {}, Math.min(file, 0), since);
    if (file >= 0) this.eventFile = file;
  }

  #whyIllegal(record: CaseDef, words: Int32Array): string | null {
    if (fieldOfCommand(record, words, 'SSec') === 1) return 'SSec is 1';
    if (!isPresent(record, this.guest.features)) return `${record.id} needs ${record.needs ?? record.since ?? 'a later version'}`;
    return fieldOfCommand(record, words, 'CS') === CS_RESERVED ? 'CS 3 is reserved' : null;
  }

  #serve(record: CaseDef, words: Int32Array): Executed {
    const sid = fieldOfCommand(record, words, 'StreamID') ?? 0;
    switch (record.id) {
      case 'CMD_SYNC':
        return { ...DONE, interrupt: fieldOfCommand(record, words, 'CS') === SIG_IRQ };
      case 'CMD_CFGI_STE':
        return this.#configure(record.id, this.#devicesOf(sid), sid);
      case 'CMD_CFGI_STE_RANGE':
        return this.#configureRange(sid, fieldOfCommand(record, words, 'Range') ?? 0);
      case 'CMD_PREFETCH_CONFIG':
      case 'CMD_PREFETCH_ADDR':
        return DONE;
      default:
        if (this.vsmmu.faults !== null && this.stalls.serve(record.id, words)) return DONE;
        this.#say(record.id, { StreamID: sid }, FORWARDED.has(record.id) ? 'no device has the StreamID' : 'iommufd takes no such command');
        return DONE;
    }
  }

  #configureRange(first: number, range: number): Executed {
    const all = range === CFGI_ALL;
    const last = first + 2 ** (range + 1) - 1;
    const devices = this.vsmmu.devices.filter(({ vSid }) => all || (vSid >= first && vSid <= last));
    return this.#configure(all ? 'CMD_CFGI_ALL' : 'CMD_CFGI_STE_RANGE', devices, all ? null : first);
  }

  #configure(name: string, devices: readonly AccelDevice[], sid: number | null): Executed {
    this.#say(name, { StreamID: sid });
    // Until SMMUEN is 1 the streams go by GBPA, whatever their STEs say.
    const failed = this.guest.registers.smmuEnabled && devices.map((device) => this.#install(device)).some((result) => result !== 0);
    return failed ? stoppedBy(CERROR.ILL) : DONE;
  }

  /** Gives a device the domain that its vSTE asks for. An STE that is not legal is backed by abort: no event comes of it (c.6). */
  #install(device: AccelDevice): number {
    const found = findSte(this.guest.registers, this.guest.memory, device.vSid);
    const bad = 'event' in found ? found.event : illegalSte(found.words, 0, this.guest.features)?.id;
    if ('event' in found || bad !== undefined) return this.#switch(device, `abort: ${bad}`, () => this.vsmmu.useAbort(device));
    const config = Config(found.words, 0);
    if ((config & CONFIG_ENABLED) === 0) return this.#switch(device, 'abort', () => this.vsmmu.useAbort(device));
    if (config === CONFIG_BYPASS) return this.#switch(device, 'bypass', () => this.vsmmu.useBypass(device));
    const masked = found.words.map((word, i) => word & TAKEN[i]!);
    const ste = [fromWords(masked[1]!, masked[0]!), fromWords(masked[3]!, masked[2]!)] as const;
    return this.#switch(device, 'S1', () => this.vsmmu.useSte(device, ste));
  }

  #switch(device: AccelDevice, config: string, use: () => number): number {
    const since = this.guest.journal.mark();
    const result = use();
    this.#answer('attach', { device: device.name, config }, result, since);
    return result;
  }

  #forward(commands: readonly Int32Array[]): Executed {
    const bytes = new Uint8Array(commands.length * 16);
    const view = new DataView(bytes.buffer);
    commands.forEach((words, at) => words.forEach((word, i) => view.setInt32(at * 16 + i * 4, word, true)));
    const since = this.guest.journal.mark();
    const { result, handled } = this.calls.invalidate(this.vsmmu.viommu, bytes);
    const names = commands.map((words) => commandName(words[0]! & 0xff)).join(', ');
    this.#answer('HWPT_INVALIDATE', { commands: names, entry_num: commands.length, handled }, result, since);
    return result === 0 ? { handled: commands.length, cerror: CERROR.NONE } : { handled: handled, cerror: CERROR.ILL };
  }

  #devicesOf(sid: number): AccelDevice[] {
    return this.vsmmu.devices.filter(({ vSid }) => vSid === sid);
  }

  #answer(action: string, detail: HopDetail, result: number, since: HopMark): void {
    this.guest.journal.record('vmm', action, detail, result === 0 ? { result, since } : { result, dropped: errnoText(result), since });
  }

  #say(action: string, detail: HopDetail = {}, dropped?: string, end: HopEnd = {}): void {
    this.guest.journal.record('vmm', action, detail, dropped === undefined ? end : { ...end, dropped });
  }
}

function fieldOfCommand(record: CaseDef, words: Int32Array, name: string): number | null {
  return fieldOf(record, name) === undefined ? null : accessor(record, name)(words, 0);
}
