import { expect, it } from 'vitest';
import { translationOf } from './trace-log.ts';

it.each([
  ['smmuv3_translate_success smmuv3-iommu-memory-region-24-4 sid=0x18 iova=0x1afffe95dec0 translated=0x50061ec0 perm=0x3 stage=1', { status: 'success', iova: 0x1afffe95dec0n, pa: 0x50061ec0n }],
  ['6242@1795404557.266184:smmuv3_translate_bypass smmuv3-iommu-memory-region-24-1 sid=0x18 STE bypass iova:0x50000000 is_write=1', { status: 'bypass', iova: 0x50000000n, pa: null }],
  ['smmuv3_translate_abort smmuv3-iommu-memory-region-24-4 sid=0x18 abort on iova:0x500ca1ec is_write=0', { status: 'abort', iova: 0x500ca1ecn, pa: null }],
  ['smmuv3_translate_disable smmuv3-iommu-memory-region-24-1 sid=0x18 bypass (smmu disabled) iova:0x50001000 is_write=1', { status: 'disabled', iova: 0x50001000n, pa: null }],
  ['smmuv3_record_event SMMU_EVT_F_PERMISSION sid=0x18', null],
  ['', null],
])('%s', (line, translation) => {
  expect(translationOf(line)).toEqual(translation);
});
