/** A case as a lab: the same words and registers written, the same DMA, with the profile of QEMU to compare with. */
import { hex, hexBytes } from '../../model/base/address.ts';
import { REGISTERS } from '../../model/spec/index.ts';
import type { Documents } from '../lab/index.ts';
import { bytesOfAction } from './case.ts';
import type { Action, AskedCase } from './case.ts';


function registerAt(offset: bigint): string {
  for (const [name, { offset: at }] of REGISTERS) if (BigInt(at) === offset) return name;
  throw new Error(`no register at ${hex(offset)}`);
}

function stepOf(action: Action): string {
  switch (action[0]) {
    case 'reg32':
    case 'reg64':
      return `- register: { name: ${registerAt(action[1])}, value: ${hex(action[2])} }`;
    case 'fill':
      return `- write: { pa: ${hex(action[1])}, bytes: "${hexBytes(new Uint8Array(action[2]).fill(action[3]))}" }`;
    default:
      return `- write: { pa: ${hex(action[1])}, bytes: "${hexBytes(bytesOfAction(action))}" }`;
  }
}

/** Documents of a lab of which the steps make the machine. Its own structures lie below those that the cases place. */
export function labOfCase({ setup, tx }: AskedCase, title: string): Documents {
  const sids = [...new Set(tx.map(({ sid }) => sid))];
  const host = [
    `title: ${JSON.stringify(title)}`,
    `smmu: { preset: qemu-11, streamTable: { log2size: ${Math.max(8, ...sids.map((sid) => 32 - Math.clz32(sid)))} } }`,
    'memory: { base: 0x40000000, size: 1G }',
    'devices:',
    ...sids.map((sid) => `  - { name: edu${hex(sid)}, StreamID: ${hex(sid)}, Config: bypass }`),
  ];
  const steps = [
    ...setup.map(stepOf),
    ...tx.flatMap(({ pre, op, sid, iova, len, wdata }) => [
      ...pre.map(stepOf),
      `- dma: { device: edu${hex(sid)}, iova: ${hex(iova)}, access: ${op === 'R' ? 'read' : 'write'}, length: ${len}, privileged: true${op === 'W' && wdata != null ? `, data: "${hexBytes(wdata)}"` : ''} }`,
    ]),
  ];
  return { host: `${host.join('\n')}\n`, guest: '', steps: `${steps.join('\n')}\n` };
}
