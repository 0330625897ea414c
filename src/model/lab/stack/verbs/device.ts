/** What devices do. */
import { hex, hexBytes, iova } from '../../../base/address.ts';
import { fail, ok } from '../../../base/result.ts';
import type { Result } from '../../../base/result.ts';
import type { StructurePlaces } from '../../explain.ts';
import { doneOf, resultText, startTransfer } from '../../verbs/dma.ts';
import type { Waiting } from '../../waiting.ts';
import type { DmaDone } from '../../verbs/verb.ts';
import type { StackBench } from '../bench.ts';
import type { StackVerbInputs } from '../data.ts';
import type { StackDone, StackVerb } from '../verb.ts';

function places({ stack, memory, smmu }: StackBench, device: string): StructurePlaces {
  const vm = stack.vmOf(device);
  const cd = vm.devices.get(device)?.domain.s1.cdtabDma ?? 0n;
  return { memory, features: smmu.features, ste: stack.host.driver.smmu.strtab.steOf(stack.device(device).StreamID), cd: cd === 0n ? null : vm.ram.toPa(cd) };
}

/** What came of a transfer so far. */
export function transferDone(bench: StackBench, waiting: Waiting, times = ''): StackDone & { readonly dma: DmaDone } {
  const { device, access, iova } = waiting.input;
  const dma = doneOf(waiting, places(bench, device));
  const details = dma.data === null ? [] : [{ name: 'data', value: hexBytes(dma.data.subarray(0, 64)) }];
  return { text: `${device} ${access} ${hex(iova)}${times}: ${resultText(dma)}`, details, dma };
}

/** Repeated transfers tell of the last one; transactions are counted from the first. */
function move(bench: StackBench, input: StackVerbInputs['dma']): StackDone {
  const { device, repeat } = input;
  const sid = bench.stack.device(device).StreamID;
  const source = { smmu: bench.smmu, sid, places: () => places(bench, device), endpoint: bench.stack.host.endpoints.of(sid) };
  const start = (): Waiting => {
    const waiting = { input, transfer: startTransfer(source, input) };
    bench.waiting.add(waiting);
    return waiting;
  };
  const first = start();
  let last = first;
  for (let i = 1; i < repeat; i++) last = start();
  const told = (): StackDone => {
    const done = transferDone(bench, last, repeat === 1 ? '' : `, ${repeat} times`);
    return { ...done, dma: { ...done.dma, first: first.transfer.result.first } };
  };
  return { ...told(), settled: told };
}

export const dmaVerb: StackVerb<'dma'> = {
  name: 'dma',
  doc: 'A device reads, writes or fetches instructions at an IOVA; a write really stores, a read really loads.',
  execute: (bench, input) => ok(move(bench, input)),
};

export const plugVerb: StackVerb<'plug'> = {
  name: 'plug',
  doc: 'The VMM adds a device while the guest runs, and the guest binds it.',
  execute({ stack }, { device }) {
    const { vm } = stack.device(device);
    if (stack.vm(vm).devices.has(device)) return fail('plugged', `${vm} has ${device} already`);
    return ok({ text: `the VMM of ${vm} adds ${device}`, errno: stack.plug(device) });
  },
};

/** The write that raises an interrupt, to where the host has set it up. */
const msiInput = (device: string, address: bigint): StackVerbInputs['dma'] =>
  ({ device, iova: iova(address), access: 'write', length: 4, privileged: false, ssid: null, data: [1, 0, 0, 0], repeat: 1 });

function msi(bench: StackBench, device: string): Result<StackDone> {
  const { host } = bench.stack;
  const address = host.driver.prepareMsi(bench.stack.hostDevice(device), host.doorbell);
  if (typeof address === 'number') return ok({ text: `the host cannot map a doorbell for ${device}`, errno: address });
  return ok(move(bench, msiInput(device, address)));
}

export const msiVerb: StackVerb<'msi'> = {
  name: 'msi',
  doc: "The host maps the doorbell of MSIs in its window and the device writes an MSI there: through the guest's stage 1, then stage 2.",
  execute: (bench, { device }) => msi(bench, device),
};
