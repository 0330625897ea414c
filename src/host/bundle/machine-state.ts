/** Registers and memory of a machine as parts of a bundle. */
import { hex } from '../../model/base/address.ts';
import type { Smmu } from '../../model/smmu/smmu.ts';
import type { BundleContents } from './bundle-writer.ts';

export type MachineState = BundleContents['states'][number];

/** As they are now; `step` is how many steps of the lab were done, `name` that of their folder. */
export function machineState(smmu: Smmu, step: number, name: string): MachineState {
  const pages: Uint8Array[] = [];
  const ranges: { pa: string; bytes: number; offset: number; end: bigint }[] = [];
  let offset = 0;
  for (const [pa, bytes] of smmu.memory.contents()) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end === pa) {
      last.bytes += bytes.byteLength;
      last.end += BigInt(bytes.byteLength);
    } else ranges.push({ pa: hex(pa), bytes: bytes.byteLength, offset, end: pa + BigInt(bytes.byteLength) });
    pages.push(bytes.slice());
    offset += bytes.byteLength;
  }
  const image = Int32Array.from(smmu.registers.image);
  return {
    step,
    registers: `state/${name}/registers.bin`,
    memory: `state/${name}/memory.bin`,
    ranges: ranges.map(({ pa, bytes, offset: at }) => ({ pa, bytes, offset: at })),
    contents: { registers: new Uint8Array(image.buffer), memory: Buffer.concat(pages) },
  };
}
