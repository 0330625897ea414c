/** STEs and CDs of a machine as C: masks of their fields, words made of them with FIELD_PREP, as Linux writes them. */
import { hex } from '../model/base/address.ts';
import type { Machine } from '../model/lab/index.ts';
import { decodeAs } from '../formats/words/decode-as.ts';
import type { DecodedRecord } from '../formats/words/decoded.ts';
import { copyRecord } from '../query/copy-record.ts';

const WORDS = 8;

function wordsAt(machine: Machine, pa: bigint): bigint[] | null {
  const bytes = machine.memory.readBytes(pa, WORDS * 8);
  if (bytes === null) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: WORDS }, (_, at) => view.getBigUint64(at * 8, true));
}

interface Place {
  readonly kind: 'ste' | 'cd';
  readonly name: string;
  readonly says: string;
  readonly pa: bigint;
}

function* placesOf(machine: Machine): Generator<Place> {
  for (const [device, { data, ste, stage1, substreams }] of machine.streams) {
    yield { kind: 'ste', name: `${device}_ste`, says: `STE of StreamID ${hex(data.StreamID)}, at PA ${hex(ste)}`, pa: ste };
    const vm = machine.vms.get(data.vm ?? '');
    for (const [ssid, context] of [...(stage1 === null ? [] : [[0, stage1] as const]), ...substreams]) {
      const pa = vm === undefined ? context.cd : vm.ram.toPa(context.cd);
      if (pa !== null) yield { kind: 'cd', name: `${device}_cd${ssid === 0 ? '' : ssid}`, says: `CD of ${device}, SubstreamID ${ssid}, at ${vm === undefined ? '' : `IPA ${hex(context.cd)}, `}PA ${hex(pa)}`, pa };
    }
  }
}

/** `__le64`, `cpu_to_le64()`, `GENMASK_ULL()` and `FIELD_PREP()` are Linux's; elsewhere define them. */
export function structuresInC(machine: Machine): string {
  const pieces: string[] = ['/* __le64, cpu_to_le64, GENMASK_ULL and FIELD_PREP as in <linux/bitfield.h>. */'];
  for (const { kind, name, says, pa } of placesOf(machine)) {
    const words = wordsAt(machine, pa);
    const decoded = words === null ? null : decodeAs(kind, words);
    if (decoded?.ok === true) pieces.push(`/* ${says} */\n${copyRecord({ ...(decoded.value satisfies DecodedRecord), name }, 'c')}`);
  }
  return `${pieces.join('\n\n')}`;
}
