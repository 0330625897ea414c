import { expect, it } from 'vitest';
import { copyAccess, type CopiedAccess } from './copy-access.ts';

const ROW: CopiedAccess = { txn: 3, device: 'nic0', sid: 16, ssid: null, iova: '0x20000000', access: 'read', privileged: false, length: 4, status: 'fault', pa: null, event: 'F_TRANSLATION', rule: 's2.invalid' };

it('says a transaction in words and as data, without what it has not', () => {
  expect(copyAccess(ROW, 'text')).toBe('txn 3, device nic0, StreamID 0x10, iova 0x20000000, access read, privileged false, length 4, status fault, event F_TRANSLATION, rule s2.invalid');
  expect(JSON.parse(copyAccess(ROW, 'json') ?? '')).toMatchObject({ StreamID: '0x10', status: 'fault' });
  expect(copyAccess(ROW, 'yaml')).toContain('\nStreamID: 0x10\n');
});

it('says what does it again', () => {
  expect(copyAccess({ ...ROW, ssid: 2, privileged: true }, 'step')).toBe('- dma: { device: nic0, iova: 0x20000000, access: read, length: 4, ssid: 2, privileged: true }');
  expect(copyAccess(ROW, 'cli')).toBe("echo 'dma device=nic0 iova=0x20000000 access=read length=4' | smmu-lab console LAB --run");
  expect(copyAccess({ ...ROW, device: undefined }, 'step')).toBeNull();
});
