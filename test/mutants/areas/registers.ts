import type { Mutant } from '../mutant.ts';

const REGISTERS = ['src/model/smmu/registers'];
const FILE = 'src/model/smmu/registers/register-file.ts';
const STORE = 'src/model/smmu/registers/register-store.ts';
const STREAM_TABLE = 'src/model/smmu/registers/stream-table.ts';

/** What registers take, keep and set in motion. */
export const registerMutants: readonly Mutant[] = [
  {
    id: 'gbpa-update-ignored',
    file: STORE,
    text: 'cell.update !== 0 && (value & cell.update) === 0',
    replacement: 'cell.update > 0 && (value & cell.update) === 0',
    tests: REGISTERS,
    why: 'a GBPA write without Update would take effect',
  },
  {
    id: 'guard-ignored',
    file: STORE,
    text: 'const locked = effective ? 0 :',
    replacement: 'const locked = effective || cell.guards.length > 0 ? 0 :',
    tests: REGISTERS,
    why: 'a driver that moves the stream table under an enabled SMMU would not be found out',
  },
  {
    id: 'read-only-written',
    file: STORE,
    text: 'else if (!cell.writable)',
    replacement: 'else if (!cell)',
    tests: REGISTERS,
    why: 'software could change identification registers',
  },
  {
    id: 'two-level-base-alignment',
    file: STREAM_TABLE,
    text: 'log2Size + (twoLevel ? LOG2_L1STD - split : LOG2_STE)',
    replacement: 'log2Size + (twoLevel ? LOG2_L1STD : LOG2_STE)',
    tests: REGISTERS,
    why: 'the base of a two-level stream table would lose bits that count',
  },
  {
    id: 'strtab-size-not-capped',
    file: STREAM_TABLE,
    text: 'Math.min(log2Size, features.sidSize)',
    replacement: 'log2Size',
    tests: REGISTERS,
    why: 'StreamIDs that the SMMU does not have would be looked up',
  },
  {
    id: 'gerror-toggles-again',
    file: 'src/model/smmu/registers/global-error.ts',
    text: 'if (hasError(activeErrors(words), error)) return false;',
    replacement: '',
    tests: REGISTERS,
    why: 'an error that happens twice would look acknowledged',
  },
  {
    id: 'gerror-interrupt-ungated',
    file: 'src/model/smmu/registers/interrupt.ts',
    text: "GERROR: fieldMask('IRQ_CTRLACK', 'GERROR_IRQEN'),",
    replacement: 'GERROR: null,',
    tests: ['src/model/smmu/registers', 'src/model/smmu/queues'],
    why: 'IRQ_CTRL would not hold back the interrupt of GERROR',
  },
  {
    id: 'vmw-reserved-value',
    file: 'src/model/smmu/registers/effective-state.ts',
    text: 'vmw(words) > MAX_VMW ? 0 : vmw(words)',
    replacement: 'vmw(words)',
    tests: REGISTERS,
    why: 'a reserved VMW would widen invalidation',
  },
  {
    id: 'acknowledged-queue-stays',
    file: FILE,
    text: 'if (acknowledged || (',
    replacement: 'if ((',
    tests: ['src/model/smmu/registers', 'src/model/smmu/queues'],
    why: 'after an error the queue goes on when it is acknowledged, without a write of PROD',
  },
  {
    id: 'enabled-queue-stays',
    file: FILE,
    text: 'acknowledged || (this.commandQueueEnabled && !commandQueueEnabled)',
    replacement: 'acknowledged',
    tests: ['src/model/smmu/registers', 'src/model/smmu/queues'],
    why: 'commands placed before CMDQEN would wait for the next one',
  },
  {
    id: 'gbpa-reset-value',
    file: 'src/model/smmu/registers/reset.ts',
    text: 'bypass: 0x1000,',
    replacement: 'bypass: 0x0000,',
    tests: REGISTERS,
    why: 'incoming shareability would be lost before a driver runs',
  },
  {
    id: 'prod-write-unheard',
    file: FILE,
    text: 'if (cell.word === CMDQ_PROD) return this.hooks.commandQueue();',
    replacement: 'if (cell.word === CMDQ_PROD) return;',
    tests: ['src/model/smmu/registers', 'src/model/smmu/queues'],
    why: 'nothing would be consumed',
  },
];
