/** What a guest's kernel does: through its own driver, on the virtual SMMU. */
import { fromWords, hex } from '../../../base/address.ts';
import { fail, ok } from '../../../base/result.ts';
import type { Result } from '../../../base/result.ts';
import { CD, COMMANDS, encode, setField, STE } from '../../../spec/index.ts';
import type { RecordDef } from '../../../spec/index.ts';
import { PAGE_RESPONSE, PROT } from '../../../stack/host/driver/types.ts';
import type { CommandWords } from '../../../stack/host/driver/types.ts';
import { bytesOf, wordsOf } from '../../configuration.ts';
import type { Fields } from '../../data.ts';
import type { StackBench } from '../bench.ts';
import type { StackVerbInputs } from '../data.ts';
import type { Waiting } from '../../waiting.ts';
import type { StackDone, StackVerb } from '../verb.ts';
import { transferDone } from './device.ts';

function guest(bench: StackBench, device: string) {
  const vm = bench.stack.vmOf(device);
  return { vm, driver: vm.kernel.driver, bound: vm.deviceOf(device), of: `guest ${vm.data.name}` };
}

function map(bench: StackBench, { device, iova, ipa, size, access }: StackVerbInputs['map']): StackDone {
  const { driver, bound, of } = guest(bench, device);
  const prot = PROT.READ | PROT.CACHE | (access === 'rw' ? PROT.WRITE : 0);
  const errno = driver.map(bound.domain, iova, ipa, size, prot);
  return { text: `${of} maps IOVA ${hex(iova)} of ${device} to IPA ${hex(ipa)}, ${hex(size)} bytes, ${access}`, errno };
}

export const mapVerb: StackVerb<'map'> = {
  name: 'map',
  doc: "A guest's driver maps IOVAs of a device to IPAs in its stage 1.",
  execute: (bench, input) => ok(map(bench, input)),
};

function unmap(bench: StackBench, { device, iova, size }: StackVerbInputs['unmap']): Result<StackDone> {
  const { bound, of } = guest(bench, device);
  if (bound.dma === null) return fail('no-table', `${device} has no tables: its default domain is passthrough`);
  return ok({ text: `${of} unmaps IOVA ${hex(iova)} of ${device}, ${hex(size)} bytes`, errno: bound.dma.unmap(iova, size) });
}

export const unmapVerb: StackVerb<'unmap'> = {
  name: 'unmap',
  doc: "A guest's driver unmaps IOVAs of a device; strict invalidates at once, lazy when its queue is flushed.",
  execute: unmap,
};

export const flushVerb: StackVerb<'flush'> = {
  name: 'flush',
  doc: "The timer of a lazy guest's flush queue fires: everything of the device's domain is invalidated.",
  execute(bench, { device }) {
    const { bound, of } = guest(bench, device);
    bound.dma?.flush();
    return ok({ text: `${of} flushes what it unmapped for ${device}` });
  },
};

function attach(bench: StackBench, { device, domain }: StackVerbInputs['attach']): StackDone {
  const { driver, bound, of } = guest(bench, device);
  const target = domain === 'dma' ? bound.domain : driver.domainAlloc('identity');
  return { text: `${of} attaches ${device} to ${domain === 'dma' ? 'its domain of stage 1' : 'an identity domain: stage 1 bypassed'}`, errno: driver.attachDev(target, bound.device) };
}

export const attachVerb: StackVerb<'attach'> = {
  name: 'attach',
  doc: "A guest's driver attaches a device to its default domain, or to one that passes stage 1 by.",
  execute: (bench, input) => ok(attach(bench, input)),
};

export const detachVerb: StackVerb<'detach'> = {
  name: 'detach',
  doc: "A guest's driver detaches a device from the domain that it has.",
  execute(bench, { device }) {
    const { driver, bound, of } = guest(bench, device);
    const domain = driver.smmu.masters.get(bound.device)?.domain ?? null;
    if (domain === null) return fail('no-domain', `${device} is attached to nothing`);
    driver.detachDev(domain, bound.device);
    return ok({ text: `${of} detaches ${device}` });
  },
};

function resume(bench: StackBench, { device, stag, answer }: StackVerbInputs['resume']): Result<StackDone> {
  const { vm, bound, of } = guest(bench, device);
  const { faults } = vm.kernel;
  const request = faults.waiting.find((one) => one.device === bound.device && (stag === null || one.fault.grpid === stag));
  if (request === undefined) return fail('nothing-stalled', `no driver of ${of} has a page request of ${device}${stag === null ? '' : ` with STAG ${hex(stag)}`} to answer`);
  const waiting = transferOf(bench, device, request.fault.grpid);
  const errno = faults.answer(request, answer === 'retry' ? PAGE_RESPONSE.SUCCESS : PAGE_RESPONSE.INVALID);
  const text = `${of} answers STAG ${hex(request.fault.grpid)} of ${device}: ${answer}`;
  if (waiting === null) return ok({ text, errno });
  const told = (): StackDone => {
    const done = transferDone(bench, waiting);
    return { ...done, text: `${text}: ${done.text}`, errno };
  };
  return ok({ ...told(), settled: told });
}

/** The transfer of the device that is stalled with this STAG; null: none is. */
function transferOf({ smmu, stack, waiting }: StackBench, device: string, stag: number): Waiting | null {
  const sid = stack.device(device).StreamID;
  const stalled = smmu.stalls.entries().find((one) => one.sid >>> 0 === sid && one.stag === stag);
  return stalled === undefined ? null : waiting.of(stalled.transaction);
}

export const resumeVerb: StackVerb<'resume'> = {
  name: 'resume',
  doc: "A guest's driver answers a page request that it took: its CMD_RESUME goes all the way down; the step tells what comes of the transfer.",
  execute: resume,
};

/** IPA of the STE or CD that the guest has for a device; null: none. */
export function guestRecord(bench: StackBench, device: string, what: 'STE' | 'CD'): bigint | null {
  const { driver, bound } = guest(bench, device);
  if (what === 'STE') return driver.smmu.strtab.steOf(bench.stack.device(device).vSID);
  return bound.domain.s1.cdtabDma === 0n ? null : bound.domain.s1.cdtabDma;
}

function edit(bench: StackBench, device: string, set: Fields, record: RecordDef, what: 'STE' | 'CD'): Result<StackDone> {
  const { vm, of } = guest(bench, device);
  const ipa = guestRecord(bench, device, what);
  const bytes = ipa === null ? null : vm.ram.readBytes(ipa, record.bytes);
  if (ipa === null || bytes === null) return fail('no-record', `${device} has no ${what} in ${vm.data.name}`);
  const words = wordsOf(bytes);
  for (const [name, value] of Object.entries(set)) setField(record, name, value, words, 0);
  vm.ram.writeBytes(ipa, bytesOf(words));
  const changes = Object.entries(set).map(([name, value]) => `${name} = ${hex(value)}`);
  return ok({ text: `${of} writes its ${what} of ${device}: ${changes.join(', ')}` });
}

export const steVerb: StackVerb<'ste'> = {
  name: 'ste',
  doc: 'A guest edits fields of its own STE of a device in its memory; no command comes with it.',
  execute: (bench, { device, set }) => edit(bench, device, set, STE, 'STE'),
};

export const cdVerb: StackVerb<'cd'> = {
  name: 'cd',
  doc: 'A guest edits fields of the CD of a device in its memory; no command comes with it.',
  execute: (bench, { device, set }) => edit(bench, device, set, CD, 'CD'),
};

/** The two words of a command of these fields. */
export function wordsOfCommand(name: string, fields: Fields): CommandWords {
  const words = new Uint32Array(4);
  encode(COMMANDS.byName.get(name)!, fields, words, 0);
  return [fromWords(words[1]!, words[0]!), fromWords(words[3]!, words[2]!)];
}

export const commandVerb: StackVerb<'command'> = {
  name: 'command',
  doc: 'A guest writes a command of its own into its command queue, with a CMD_SYNC behind it; StreamID also takes the name of a device.',
  execute(bench, { vm, command, fields }) {
    const { kernel } = bench.stack.vm(vm);
    const shown = Object.entries(fields).map(([name, value]) => ` ${name} ${hex(value)}`);
    return ok({ text: `guest ${vm} issues ${command}${shown.join(',')}`, errno: kernel.driver.smmu.cmdq.issueSync(wordsOfCommand(command, fields)) });
  },
};
