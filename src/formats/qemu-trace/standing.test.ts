import { describe, expect, it } from 'vitest';
import { STAGE_2_ALONE, TraceFollower } from './standing.ts';
import type { Standing } from './standing.ts';

/** Streams 0x10 and 0x18 have ASIDs of their own, 0x20 is nested, 0x28 has stage 2 alone. */
const TAGS = new Map([[0x10, { asid: 1, vmid: 0 }], [0x18, { asid: 2, vmid: 0 }], [0x20, { asid: 1, vmid: 7 }], [0x28, { asid: STAGE_2_ALONE, vmid: 7 }]]);

const insert = (sid: number, address: string, level = 3): string => `smmu_iotlb_insert IOTLB ++ asid=${TAGS.get(sid)!.asid} vmid=${TAGS.get(sid)!.vmid} addr=${address} tg=1 level=${level}`;
const success = (sid: number, iova: string, pa: string, stage = 1, perm = 3): string =>
  `smmuv3_translate_success smmuv3-iommu-memory-region-16-2 sid=0x${sid.toString(16)} iova=${iova} translated=${pa} perm=0x${perm} stage=${stage}`;
const made = (sid: number, page: string, stage = 1): string[] => [insert(sid, page), success(sid, page, '0x48000000', stage)];
const range = (asid: number, vmid: number, address: string, pages: string, tg = 1): string => `smmuv3_range_inval vmid=${vmid} asid=${asid} addr=${address} tg=${tg} num_pages=${pages} ttl=3 leaf=1 stage=${asid < 0 ? 2 : 1}`;

function after(lines: readonly string[]): Standing {
  const follower = new TraceFollower((sid) => TAGS.get(sid) ?? null);
  for (const line of lines) follower.line(line);
  return follower.standing;
}

const standing = (...lines: (string | string[])[]): string[] => after(lines.flat()).translations.map(({ sid, iova }) => `${sid.toString(16)}:${iova.toString(16)}`);

describe('what stands at the end of a trace', () => {
  it('is the last translation of each page, with the size of its TLB entry and its rights', () => {
    const trace = [insert(0x10, '0x200000', 2), success(0x10, '0x234560', '0x48034560', 1, 1), success(0x10, '0x234568', '0x48034568', 1, 1), 'smmuv3_translate_bypass x sid=0x30 STE bypass iova:0x50000000 is_write=1'];
    expect(after(trace)).toEqual({
      seen: 3,
      translations: [
        { sid: 0x10, ssid: null, iova: 0x234568n, access: 'read', pa: 0x48034568n, pageSize: 0x20_0000, perm: 'ro', stage: '1', source: 'qemu-trace' },
        { sid: 0x30, ssid: null, iova: 0x5000_0000n, access: 'read', pa: 0x5000_0000n, pageSize: null, perm: 'rw', stage: 'bypass', source: 'qemu-trace' },
      ],
    });
    expect(after([insert(0x20, '0x1000'), success(0x20, '0x1000', '0x48000000', 3, 2)]).translations).toMatchObject([{ perm: 'wo', s2perm: 'rw', access: 'write', stage: '3' }]);
  });

  it('is not what has no size, nor what is of no stream', () => {
    expect(standing(success(0x10, '0x1000', '0x48000000'), insert(0x10, '0x2000'), success(0x77, '0x2000', '0x48000000'))).toEqual([]);
  });

  it.each<[string, string, string[]]>([
    ['a range of its ASID that holds it', range(1, 0, '0x1000', '0x1'), ['10:2000', '18:1000']],
    ['a range that begins before it', range(1, 0, '0x0', '0x3'), ['18:1000']],
    ['a range of another VMID', range(1, 7, '0x1000', '0x2'), ['10:1000', '10:2000', '18:1000']],
    ['a command without a granule, whatever its address', range(2, 0, '0x900000', '0x1', 0), ['10:1000', '10:2000']],
    ['an ASID', 'smmuv3_cmdq_tlbi_nh_asid asid=1', ['18:1000']],
    ['a VMID', 'smmuv3_cmdq_tlbi_nh vmid=0', []],
    ['everything', 'smmuv3_cmdq_tlbi_nsnh ', []],
    ['its STE', 'smmuv3_cmdq_cfgi_ste streamid= 0x10', ['18:1000']],
    ['all STEs', 'smmuv3_cmdq_cfgi_ste_range start=0x0 - end=0xffffffff', []],
    ['a reset', 'smmu_reset_exit ', []],
    ["QEMU's own tidying, which no command asked for", 'smmu_iotlb_inv_all IOTLB invalidate all', ['10:1000', '10:2000', '18:1000']],
  ])('is what is left after %s', (_what, command, left) => {
    expect(standing(made(0x10, '0x1000'), made(0x10, '0x2000'), made(0x18, '0x1000'), command)).toEqual(left);
  });

  it('is what was translated anew', () => {
    expect(standing(made(0x10, '0x1000'), range(1, 0, '0x1000', '0x1'), made(0x10, '0x1000'))).toEqual(['10:1000']);
  });

  it('after a command of stage 2 is no nested translation of that VMID, and no IPA in its range', () => {
    expect(standing(made(0x10, '0x1000'), made(0x20, '0x1000', 3), made(0x28, '0x1000', 2), made(0x28, '0x2000', 2), range(STAGE_2_ALONE, 7, '0x1000', '0x1'))).toEqual(['10:1000', '28:2000']);
  });
});
