/** Stream table and queues (IHI 0070 6.3.24 to 6.3.36, 6.3.95 to 6.3.98): bases and indexes. */
import { addr, code, defineRegister, flag, res0, uint } from '../layout.ts';
import type { RegisterDef } from '../layout.ts';
import { interruptRegisters } from './control.ts';

const HIGH_BITS = res0(55, 52, 'Address bits [55:52] from v3.4.', { since: 'v3.4' });

const STREAM_TABLE: readonly RegisterDef[] = [
  defineRegister({ id: 'STRTAB_BASE', title: 'STRTAB_BASE', section: '6.3.24', doc: 'Base of the stream table, taken as aligned to its size.',
    offset: 0x80, bits: 64, access: 'rw', reset: 'UNKNOWN', guard: ['CR0.SMMUEN'], fields: [
      res0(5, 0),
      addr('ADDR', 51, 6, 'pa', 'Base of the stream table.'),
      HIGH_BITS,
      res0(61, 56),
      flag('RA', 62, 'Read-allocate hint.'),
      res0(63, 63),
    ] }),
  defineRegister({ id: 'STRTAB_BASE_CFG', title: 'STRTAB_BASE_CFG', section: '6.3.25', doc: 'Form and size of the stream table.',
    offset: 0x88, bits: 32, access: 'rw', reset: 'UNKNOWN', guard: ['CR0.SMMUEN'], fields: [
      uint('LOG2SIZE', 5, 0, 'log2 of the number of streams; lookups use at most IDR1.SIDSIZE.'),
      uint('SPLIT', 10, 6, 'Bits of StreamID that index a level-2 table: 6, 8 or 10, others act as 6.', { needs: 'ST_LEVEL' }),
      res0(15, 11),
      code('FMT', 17, 16, 'Form of the table.', {
        0: ['linear', 'One table of STEs.'],
        1: ['two-level', 'A table of L1STDs that point at tables of STEs.'],
        2: ['reserved', 'Acts as linear.'],
        3: ['reserved-3', 'Acts as linear.'],
      }, { needs: 'ST_LEVEL' }),
      res0(31, 18),
    ] }),
];

interface Queue {
  readonly name: 'CMDQ' | 'EVENTQ' | 'PRIQ';
  readonly what: string;
  readonly base: number;
  readonly prod: number;
  readonly cons: number;
  readonly sections: readonly [base: string, prod: string, cons: string];
  readonly needs?: string;
}

function baseRegister(queue: Queue): RegisterDef {
  const hint = queue.name === 'CMDQ' ? flag('RA', 62, 'Read-allocate hint.') : flag('WA', 62, 'Write-allocate hint.');
  return defineRegister({
    id: `${queue.name}_BASE`, title: `${queue.name}_BASE`, section: queue.sections[0], doc: `Base and size of the ${queue.what} queue, taken as aligned to its size.`,
    offset: queue.base, bits: 64, access: 'rw', reset: 'UNKNOWN', guard: [`CR0.${queue.name}EN`], ...(queue.needs === undefined ? {} : { needs: queue.needs }),
    fields: [
      uint('LOG2SIZE', 4, 0, `log2 of the number of entries; at most IDR1.${queue.name}S counts.`),
      addr('ADDR', 51, 5, 'pa', 'Base of the queue.'),
      HIGH_BITS,
      res0(61, 56),
      hint,
      res0(63, 63),
    ],
  });
}

/** PROD and CONS; the one the SMMU owns is guarded by the enable of the queue, the other always writable. */
function indexRegisters(queue: Queue): readonly RegisterDef[] {
  const owned = queue.name === 'CMDQ' ? 'CONS' : 'PROD';
  const optional = queue.needs === undefined ? {} : { needs: queue.needs };
  const common = (which: 'PROD' | 'CONS', offset: number, section: string, doc: string) => ({
    id: `${queue.name}_${which}`, title: `${queue.name}_${which}`, section, doc, offset, bits: 32, access: 'rw', reset: 'UNKNOWN',
    guard: which === owned ? [`CR0.${queue.name}EN`] : [], ...optional,
  } as const);
  const wr = uint('WR', 19, 0, 'Write index, with the wrap flag above it.');
  const rd = uint('RD', 19, 0, 'Read index, with the wrap flag above it.');
  if (queue.name === 'CMDQ') {
    return [
      defineRegister({ ...common('PROD', queue.prod, queue.sections[1], 'Where software writes the next command.'), fields: [wr, res0(31, 20)] }),
      defineRegister({ ...common('CONS', queue.cons, queue.sections[2], 'Where the SMMU reads the next command, and why it stopped.'), fields: [
        rd,
        res0(23, 20),
        code('ERR', 30, 24, 'Why consumption stopped; valid while GERROR.CMDQ_ERR is active.', {
          0: ['CERROR_NONE', 'No error.'],
          1: ['CERROR_ILL', 'The command is illegal.'],
          2: ['CERROR_ABT', 'Reading the command aborted.'],
          3: ['CERROR_ATC_INV_SYNC', 'An ATC invalidation before a CMD_SYNC timed out.'],
        }, { section: '7.1' }),
        res0(31, 31),
      ] }),
    ];
  }
  return [
    defineRegister({ ...common('PROD', queue.prod, queue.sections[1], `Where the SMMU writes the next ${queue.what}.`),
      fields: [wr, res0(30, 20), flag('OVFLG', 31, 'Toggled when an entry is lost because the queue is full.')] }),
    defineRegister({ ...common('CONS', queue.cons, queue.sections[2], `Where software reads the next ${queue.what}.`),
      fields: [rd, res0(30, 20), flag('OVACKFLG', 31, 'Software makes it equal to OVFLG to acknowledge an overflow.')] }),
  ];
}

const CMDQ: Queue = { name: 'CMDQ', what: 'command', base: 0x90, prod: 0x98, cons: 0x9c, sections: ['6.3.26', '6.3.27', '6.3.28'] };
const EVENTQ: Queue = { name: 'EVENTQ', what: 'event', base: 0xa0, prod: 0x100a8, cons: 0x100ac, sections: ['6.3.29', '6.3.95', '6.3.96'] };
const PRIQ: Queue = { name: 'PRIQ', what: 'page request', base: 0xc0, prod: 0x100c8, cons: 0x100cc, sections: ['6.3.33', '6.3.97', '6.3.98'], needs: 'PRI' };

export const TABLE_AND_QUEUE_REGISTERS: readonly RegisterDef[] = [
  ...STREAM_TABLE,
  baseRegister(CMDQ), ...indexRegisters(CMDQ),
  baseRegister(EVENTQ), ...indexRegisters(EVENTQ),
  ...interruptRegisters('EVENTQ', 0xb0, ['6.3.30', '6.3.31', '6.3.32'], 'MSI'),
  baseRegister(PRIQ), ...indexRegisters(PRIQ),
  ...interruptRegisters('PRIQ', 0xd0, ['6.3.34', '6.3.35', '6.3.36'], 'MSI and PRI'),
];
