/** Schema of the guests' part of a stack lab: which kernel each VM runs. */
import type { z } from 'zod';
import { namedMap } from '../objects.ts';
import { REGISTERS } from '../../../model/spec/index.ts';
import { choice, object } from '../objects.ts';
import { settings } from '../record-fields.ts';
import { flag } from '../scalars.ts';

/** Those that say what a guest may do; the others are the implementation's. */
export const VIRTUAL_ID_REGISTERS = ['IDR0', 'IDR1', 'IDR3', 'IDR5'] as const;

const driver = object({
  rangeInvalidation: flag.default(true).describe('it invalidates ranges where the virtual SMMU can (IDR3.RIL)'),
  hitless: flag.default(false).describe('it changes STEs and CDs without a gap where it can'),
  invalidation: choice('strict', 'lazy', 'passthrough').default('strict').describe('unmaps invalidate at once, or at the next flush; passthrough: devices start without translation'),
}).prefault({}).describe("the guest's SMMUv3 driver");

const idRegister = (id: string) => settings(REGISTERS.get(id)!).optional().describe(`fields of SMMU_${id} that differ from QEMU's`);

/** Fields of the virtual SMMU's ID registers that differ from QEMU's. */
const vsmmu = object(Object.fromEntries(VIRTUAL_ID_REGISTERS.map((id) => [id, idRegister(id)]))).prefault({}).describe('what the virtual SMMU promises');

export const stackGuestSchema = namedMap('VMs', object({ driver, rmr: flag.default(true).describe('the firmware tells of reserved memory, IORT RMR nodes, so that the guest maps the MSI window'), vsmmu }));

export type StackGuestDocument = z.output<typeof stackGuestSchema>;
