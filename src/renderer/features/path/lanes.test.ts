import { expect, it } from 'vitest';
import { PATH } from '../../testing/fake-run.ts';
import { arrivedFrom, curveFrom, sentOn, xOf } from './lanes.ts';

const rowAt = (index: number) => PATH[index];

it('a hop got what it has from the hop above it, the first from nobody', () => {
  expect(arrivedFrom(0, rowAt)).toBeNull();
  expect(arrivedFrom(2, rowAt)).toEqual({ lane: 'smmu', action: 'F_TRANSLATION' });
});

it('a hop sent on what began within it, else what another did next; what it dropped went nowhere', () => {
  expect(sentOn(1, rowAt)).toEqual([{ lane: 'host-driver', action: 'handle_evt' }]);
  expect(sentOn(2, rowAt)).toEqual([{ lane: 'host-core', action: 'iommu_report_device_fault' }]);
  expect(sentOn(3, rowAt)).toEqual([]);
  const dropped = [{ ...PATH[1]!, dropped: 'the queue is full' }, PATH[2]!];
  expect(sentOn(0, (index) => dropped[index])).toEqual([]);
});

it('the line stays in its lane, or crosses to another', () => {
  expect(curveFrom('smmu', 'smmu', 24)).toBe(`M${xOf('smmu')} 0V12`);
  expect(curveFrom('smmu', 'host-driver', 24)).toContain(`${xOf('host-driver')} 12`);
});
