/** The queues of a machine for people: looking changes nothing. */
import { fromWords, hex } from '../../model/base/address.ts';
import { StackBench } from '../../model/lab/stack/bench.ts';
import { fieldOf, REGISTERS } from '../../model/spec/index.ts';
import type { QueueRegisters } from '../../model/smmu/registers/queue-registers.ts';
import type { RegisterFile } from '../../model/smmu/registers/register-file.ts';
import { queueView } from '../../model/smmu/queues/queue-view.ts';
import type { QueueView } from '../../model/smmu/queues/queue-view.ts';
import type { Smmu } from '../../model/smmu/smmu.ts';
import type { FaultQueueView } from '../../model/stack/assembly/vmm-process.ts';
import type { Ring, RingEntry } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import { crossingOf } from '../rows/crossing.ts';

type Read = (address: bigint, length: number) => Uint8Array | null;

interface Source {
  readonly ring: Ring;
  readonly type: QueueType | FaultQueueView['type'];
  entry(slot: number): Uint8Array | null;
}

const BYTES = { command: 16, event: 32, 'page-request': 16 } as const;
type QueueType = keyof typeof BYTES;
const ERRORS = { command: 'CMDQ_ERR', event: 'EVENTQ_ABT_ERR', 'page-request': 'PRIQ_ABT_ERR' } as const;
const CMDQ_CONS = REGISTERS.get('CMDQ_CONS')!;
const ERR = fieldOf(CMDQ_CONS, 'ERR')!;

const enabledOf = (type: QueueType, registers: RegisterFile): boolean =>
  ({ command: registers.commandQueueEnabled, event: registers.eventQueueEnabled, 'page-request': registers.priQueueEnabled })[type];

/** `CMDQ_ERR is active: CERROR_ILL`: CMDQ_CONS.ERR says why a command queue stopped (IHI 0070 7.1). */
function errorOf(type: QueueType, registers: RegisterFile): string {
  const reason = type === 'command' ? ERR.values?.[(registers.peek(CMDQ_CONS.offset) >>> ERR.lo) & 0x7f]?.[0] : undefined;
  return `${ERRORS[type]} is active${reason === undefined ? '' : `: ${reason}`}`;
}

type Place = Pick<Ring, 'id' | 'level' | 'title' | 'owner' | 'vm'> & { readonly space: 'ipa' | 'pa' };

const ofRegisters = (type: QueueType, queue: QueueRegisters, registers: RegisterFile, read: Read, place: Place): Source =>
  ofView(type, queue, queueView(queue, enabledOf(type, registers), registers.errorActive(ERRORS[type])), errorOf(type, registers), read, place);

/** `error`: what there is to say when the queue has stopped. */
function ofView(type: QueueType, queue: QueueRegisters, view: QueueView, error: string, read: Read, { space, ...place }: Place): Source {
  const ring: Ring = {
    ...place,
    device: null,
    base: { address: hex(view.base), space },
    holds: type,
    size: 2 ** view.log2Size,
    prod: view.prod,
    cons: view.cons,
    waiting: view.pending,
    enabled: view.enabled,
    lost: view.overflowed,
    error: view.stopped ? error : view.consistent ? null : 'PROD is further from CONS than the queue is long',
    // Consumption stops at the command that is wrong.
    wrongAt: type === 'command' && view.stopped ? view.cons.index : null,
  };
  return { ring, type, entry: (slot) => read(fromWords(queue.baseHi, queue.slotLo(slot)), BYTES[type]) };
}

function ofUapi(vm: string, queue: FaultQueueView, at: number): Source {
  const { kind, device, size, head, tail, waiting, lost, type } = queue;
  const ring: Ring = {
    id: `uapi-${vm}-${at}`, level: 'uapi', title: kind, owner: 'host', vm, device, base: null, holds: type === 'event' ? 'event' : 'fault', size,
    prod: { index: head, wrap: null }, cons: { index: tail, wrap: null }, waiting, enabled: true, lost, error: null, wrongAt: null,
  };
  return { ring, type, entry: (slot) => queue.entry(slot) };
}

/** From the SMMU up to the guests. */
function sources(smmu: Smmu, bench: StackBench | null): Source[] {
  const physical: Read = (address, length) => smmu.memory.readBytes(address, length);
  const host = { level: 'physical', owner: 'host', vm: null, space: 'pa' } as const;
  const { registers } = smmu;
  const all = [
    ofRegisters('event', registers.eventq, registers, physical, { ...host, id: 'physical-event', title: 'event queue' }),
    ofRegisters('command', registers.cmdq, registers, physical, { ...host, id: 'physical-command', title: 'command queue' }),
    ...(smmu.enhancedQueues?.touched ?? []).map(([number, queue]) =>
      ofView('command', queue.ring, queue.view(), 'ERR differs from ERRACK', physical, { ...host, id: `physical-ecmdq-${number}`, title: `ECMDQ ${number}` })),
    ...(smmu.features.pri ? [ofRegisters('page-request', registers.priq, registers, physical, { ...host, id: 'physical-pri', title: 'PRI queue' })] : []),
  ];
  for (const { data, ram, vmm } of bench?.stack.vms.values() ?? []) {
    const read: Read = (address, length) => ram.readBytes(address, length);
    const guest = { level: 'guest', owner: 'guest', vm: data.name, space: 'ipa' } as const;
    const { registers: virtual } = vmm.smmu;
    all.push(
      ...vmm.faultQueues().map((queue, at) => ofUapi(data.name, queue, at)),
      ofRegisters('event', virtual.eventq, virtual, read, { ...guest, id: `guest-event-${data.name}`, title: 'event queue' }),
      ofRegisters('command', virtual.cmdq, virtual, read, { ...guest, id: `guest-command-${data.name}`, title: 'command queue' }),
    );
  }
  return all;
}

export const ringsOf = (smmu: Smmu, bench: StackBench | null): Ring[] => sources(smmu, bench).map(({ ring }) => ring);

export function ringWindow(smmu: Smmu, bench: StackBench | null, id: string, from: number, count: number): { total: number; rows: RingEntry[] } {
  const source = sources(smmu, bench).find(({ ring }) => ring.id === id);
  if (source === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `the machine has no queue ${JSON.stringify(id)}` });
  const { size } = source.ring;
  const rows = Array.from({ length: Math.max(0, Math.min(count, size - from)) }, (_, n) => entryOf(source, from + n));
  return { total: size, rows };
}

function entryOf({ ring, type, entry }: Source, slot: number): RingEntry {
  const { size, cons, waiting, wrongAt } = ring;
  const isWaiting = (slot - cons.index + size) % size < waiting;
  const bytes = entry(slot);
  const blank = bytes === null || bytes.every((byte) => byte === 0);
  return { slot, state: slot === wrongAt ? 'wrong' : isWaiting ? 'waiting' : blank ? 'empty' : 'taken', crossing: bytes === null || (blank && !isWaiting) ? null : crossingOf(type, bytes) };
}

export const benchOf = (machine: unknown): StackBench | null => (machine instanceof StackBench ? machine : null);
