/** The RMR nodes that QEMU v10 gives its guest, so that stage 1 lets MSIs of assigned devices through (b.5): as in IORT revision E.b, of that time. */
import { SW_MSI } from '../host/driver/device.ts';
import type { Firmware, RmrNode } from '../guest/firmware.ts';

const NODE_BYTES = 28;
const RANGE_BYTES = 20;
const MAPPING_BYTES = 20;

/** One node for one device: the window in which the host maps MSI doorbells, remapping not permitted. */
function rmrNode(streamId: number): RmrNode {
  return {
    type: 6,
    revision: 1,
    length: NODE_BYTES + RANGE_BYTES + MAPPING_BYTES,
    flags: 0,
    ranges: [{ base: SW_MSI.start, length: SW_MSI.length }],
    mapping: { outputBase: streamId, count: 1, single: true },
  };
}

/** A node for each of these BDFs; QEMU makes 256 for a whole bus. */
export function msiFirmware(streamIds: readonly number[]): Firmware {
  return { iortRevision: 3, rmrs: streamIds.map(rmrNode), preserveBootConfiguration: true };
}
