/** PRI queue entries (IHI 0070 8): a page request of a PCIe device, 16 bytes. */
import { addr, defineRecord, flag, res0, uint } from './layout.ts';

export const PRI_ENTRY = defineRecord({
  id: 'PRI',
  title: 'PRI queue entry',
  bytes: 16,
  section: '8',
  fields: [
    uint('StreamID', 31, 0, 'Stream of the device.'),
    uint('SubstreamID', 51, 32, 'PASID of the request; valid when SSV is 1.'),
    res0(57, 52),
    flag('Priv', 58, 'The request is privileged; 0 without PASID.'),
    flag('X', 59, 'The request asks for execution; 0 without PASID.'),
    flag('R', 60, 'The request asks for reading.'),
    flag('W', 61, 'The request asks for writing.'),
    flag('Last', 62, 'Last request of its group; with a PASID and neither R nor W a stop marker.'),
    flag('SSV', 63, 'The request has a PASID.'),
    uint('PRGIndex', 72, 64, 'Group of the request.'),
    res0(75, 73),
    addr('Address', 127, 76, 'iova', 'Page that is asked for.'),
  ],
});
