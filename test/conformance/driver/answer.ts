import type { Outcome } from '../../../src/model/smmu/smmu.ts';
import type { Stream } from './machine.ts';

/**
 * What the device and whoever reads events can tell of an access. A device that uses ATS may hold an IPA that stage 2 refuses, which is
 * recorded; one that has to ask is refused without a record (3.9.1.2, 3.9.1.3).
 */
export function answerOf({ status, pa, attributes, fault, response }: Outcome, { endpoint }: Stream): string {
  if (endpoint !== null && response === 'abort') return response;
  return [status, pa?.toString(16), attributes, fault?.name, fault?.stage, fault?.recorded, response].join(' ');
}
