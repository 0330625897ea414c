import { CERROR, COMMANDS } from '../../spec/commands.ts';
import type { Features } from '../../spec/features.ts';
import { accessor, fieldOf } from '../../spec/layout.ts';
import type { CaseDef } from '../../spec/layout.ts';
import type { CacheMaintenance } from '../cache-maintenance.ts';
import { WAKE_UP } from '../../trace/record.ts';
import { maskIn } from '../registers/register-field.ts';
import { isPresent } from '../registers/presence.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { ATS } from './ats.ts';
import { CFGI } from './cfgi.ts';
import type { CommandContext, CommandHandler, CommandHooks } from './command.ts';
import { DeferredMaintenance } from './deferred-maintenance.ts';
import { PREFETCH } from './prefetch.ts';
import { STALL } from './stall.ts';
import { SYNC } from './sync.ts';
import { TLBI } from './tlbi.ts';

const HANDLERS: Readonly<Record<string, CommandHandler>> = { ...PREFETCH, ...CFGI, ...TLBI, ...ATS, ...STALL, ...SYNC };

const OPCODE = 0xff;

/** Opcodes that QEMU knows and does nothing for where the feature is absent: those of Secure EL2 and of VMSs it refuses. */
const IGNORED_BY_QEMU = COMMANDS.cases.filter(({ id }) => !id.startsWith('CMD_TLBI_S_') && id !== 'CMD_CFGI_VMS_PIDM').map(({ number }) => number);

/** The Non-secure queue has no Secure streams: SSec = 1 is illegal where a command has the bit (IHI 0070 4.1.6). */
function refusingSecure(record: CaseDef, handler: CommandHandler): CommandHandler {
  if (fieldOf(record, 'SSec') === undefined) return handler;
  const ssec = accessor(record, 'SSec');
  return (words, context) => (ssec(words, 0) === 1 ? CERROR.ILL : handler(words, context));
}

/** Opcode -> handler for an SMMU with these features; an opcode without one is CERROR_ILL (4.1.3, 7.1). */
function dispatchTable(features: Features): ReadonlyMap<number, CommandHandler> {
  const table = new Map<number, CommandHandler>();
  for (const record of COMMANDS.cases) {
    const handler = HANDLERS[record.id];
    if (handler !== undefined && isPresent(record, features)) table.set(record.number, refusingSecure(record, handler));
  }
  return table;
}

/** The bits of each command that no field names, by opcode: RES0 in 4 words. */
const RESERVED: ReadonlyMap<number, Int32Array> = new Map(
  COMMANDS.cases.map((record) => {
    const mask = new Int32Array(4);
    for (const field of record.fields) {
      if (field.kind !== 'res0') continue;
      for (let word = field.lo >>> 5; word <= field.hi >>> 5; word++) mask[word]! |= maskIn(field, word);
    }
    return [record.number, mask];
  }),
);

/** Decodes and executes commands. */
export class CommandUnit {
  private readonly table: ReadonlyMap<number, CommandHandler>;
  private readonly ignored: ReadonlySet<number>;
  private readonly context: CommandContext;

  constructor(registers: RegisterFile, features: Features, maintenance: CacheMaintenance, hooks: CommandHooks) {
    this.table = dispatchTable(features);
    this.ignored = new Set(registers.deviates['commands-ignored'] ? IGNORED_BY_QEMU : []);
    const complete = maintenance instanceof DeferredMaintenance ? () => maintenance.complete() : () => undefined;
    this.context = { registers, features, maintenance, complete, hooks, atcTimeout: false, completion: 'none', msiHi: 0, msiLo: 0, msiData: 0, hint: null };
  }

  /** Executes the command in `words` (4 from index 0); returns CERROR_NONE, or why the queue stops at it. */
  execute(words: Int32Array): number {
    this.context.completion = 'none';
    this.context.hint = null;
    const handler = this.table.get(words[0]! & OPCODE);
    if (handler === undefined) return this.ignored.has(words[0]! & OPCODE) ? CERROR.NONE : CERROR.ILL;
    if (hasReserved(words)) {
      this.context.hooks.misuse?.('command-reserved-bits');
      if (this.context.registers.choices['command.reserved-bits'] === 'CERROR_ILL') return CERROR.ILL;
    }
    return handler(words, this.context);
  }

  /** Does what waits for CONS to have passed the last command: the signal that a CMD_SYNC asked for, the retries of a CMD_RESUME, what a CMD_PREFETCH_* asks for. */
  passed(): void {
    const { completion, features, hint, hooks, registers, msiHi, msiLo, msiData } = this.context;
    if (completion === 'irq') {
      hooks.msi?.(msiHi, msiLo, msiData);
      registers.signal('CMD_SYNC');
    }
    // 4.7.3: without IDR0.SEV, CS = SEV is no signal.
    if (completion === 'sev' && features.sev) hooks.sev?.(WAKE_UP.CMD_SYNC);
    if (hint !== null) hooks.prefetch?.(hint);
    hooks.stalls?.settle();
  }
}

function hasReserved(words: Int32Array): boolean {
  const mask = RESERVED.get(words[0]! & OPCODE)!;
  return (words[0]! & mask[0]!) !== 0 || (words[1]! & mask[1]!) !== 0 || (words[2]! & mask[2]!) !== 0 || (words[3]! & mask[3]!) !== 0;
}
