/** Schema of the guests' part of a stack lab: which kernel each VM runs. */
import type { z } from 'zod';
import { namedMap } from '../objects.ts';
import { PAGE_REQUEST_POLICIES } from '../../../model/stack/guest/fault-policy.ts';
import { REGISTERS } from '../../../model/spec/index.ts';
import { choice, object } from '../objects.ts';
import { settings } from '../record-fields.ts';
import { flag } from '../scalars.ts';

/** Those that say what a guest may do; the others are the implementation's. */
export const VIRTUAL_ID_REGISTERS = ['IDR0', 'IDR1', 'IDR3', 'IDR5'] as const;

const driver = object({
  rangeInvalidation: flag.default(true).describe('it invalidates ranges where the virtual SMMU can (IDR3.RIL)'),
  stalls: flag.default(true).describe('it lets devices stall that may (CD.S), where the virtual SMMU can'),
  hitless: flag.default(false).describe('it changes STEs and CDs without a gap where it can'),
  invalidation: choice('strict', 'lazy', 'passthrough').default('strict').describe('unmaps invalidate at once, or at the next flush; passthrough: devices start without translation'),
}).prefault({}).describe("the guest's SMMUv3 driver");

const idRegister = (id: string) => settings(REGISTERS.get(id)!).optional().describe(`fields of SMMU_${id} that differ from QEMU's`);

/** Fields of the virtual SMMU's ID registers that differ from QEMU's. */
const vsmmu = object(Object.fromEntries(VIRTUAL_ID_REGISTERS.map((id) => [id, idRegister(id)]))).prefault({}).describe('what the virtual SMMU promises');

const faults = object({
  unrecoverable: choice('print', 'take').default('print').describe('the kernel prints what no driver takes, or a driver takes it'),
  pageRequest: choice(...PAGE_REQUEST_POLICIES).default('none').describe('of a stalled transaction: none, nobody handles it, so it ends; wait, a driver takes it and answers in a step resume; map, it maps a page there and answers SUCCESS; or the answer at once'),
}).prefault({}).describe("what the guest's drivers do with faults of their devices");

export const stackGuestSchema = namedMap('VMs', object({ driver, faults, rmr: flag.default(true).describe('the firmware tells of reserved memory, IORT RMR nodes, so that the guest maps the MSI window'), vsmmu }));

export type StackGuestDocument = z.output<typeof stackGuestSchema>;
