/** `fuzz --against qemu`: random machines on a live QEMU and on the model, every difference named or made small and kept. */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option } from 'commander';
import { labOfCase } from '../formats/qemu-cases/as-lab.ts';
import { caseLine } from '../formats/qemu-cases/case-text.ts';
import { ModelAnswers } from '../formats/qemu-cases/difference.ts';
import type { Verdict } from '../formats/qemu-cases/difference.ts';
import { describeAnswer } from '../formats/qemu-cases/judge.ts';
import { caseMemory } from '../formats/qemu-cases/machine.ts';
import { fuzz } from '../host/qemu/fuzz.ts';
import type { Fuzzed } from '../host/qemu/fuzz.ts';
import { probeQemu } from '../host/qemu/executable.ts';
import { hasDevice } from '../host/qemu/compare-lab.ts';
import { hex } from '../model/base/address.ts';
import type { DeviationId } from '../model/spec/index.ts';
import type { LiveDevice } from '../protocol/contract.ts';
import { RPC_CODES } from '../protocol/errors.ts';
import { wholeNumber } from './arguments.ts';
import { deviceOption } from './compare-live.ts';
import { bundleLab } from './export.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { cancellable } from './progress.ts';
import { Refusal, unwrap } from './refusal.ts';
import type { Register } from './register.ts';

interface Options {
  readonly qemu: string;
  readonly device: LiveDevice;
  readonly seed: number;
  readonly count: number;
  readonly save?: string;
  readonly record?: string;
  readonly json?: boolean;
}

/** What came of all machines so far. */
class Score {
  machines = 0;
  transactions = 0;
  readonly verdicts: Record<Verdict, number> = { equal: 0, explained: 0, finding: 0 };
  /** QEMUs that died. */
  died = 0;
  readonly deviations = new Map<DeviationId, number>();

  add({ judged, died }: Fuzzed): void {
    this.machines++;
    this.transactions += judged.length;
    if (died !== null) this.died++;
    for (const { verdict, because } of judged) {
      this.verdicts[verdict]++;
      for (const id of because) this.deviations.set(id, (this.deviations.get(id) ?? 0) + 1);
    }
  }

  json(qemu: string): object {
    const { machines, transactions, verdicts, died } = this;
    const deviations = Object.fromEntries([...this.deviations].sort(([, a], [, b]) => b - a));
    return { qemu, machines, transactions, ...verdicts, died, deviations };
  }

  text(qemu: string): string {
    const { equal, explained, finding } = this.verdicts;
    const each = [...this.deviations].sort(([, a], [, b]) => b - a).map(([id, times]) => `  ${String(times).padStart(7)}  ${id}\n`);
    const died = this.died === 0 ? '' : `, QEMU died of ${this.died} machines`;
    return `QEMU ${qemu}: ${this.machines} machines, ${this.transactions} transactions: ${equal} equal, ${explained} explained, ${finding} findings${died}\n${each.join('')}`;
  }
}

function findingText({ one, smallest, died }: Fuzzed): string {
  if (died !== null) return `seed ${one.seed}: QEMU died: ${died}\n`;
  if (smallest === null) return '';
  const { tx } = smallest.one;
  const last = tx.at(-1)!;
  return `seed ${one.seed}: ${tx.length} transactions left; the last, ${last.op} StreamID ${hex(last.sid)} IOVA ${hex(last.iova)}: QEMU ${describeAnswer(smallest.live.at(-1)!)}\n`;
}

/** The smallest machine as a case, a lab and a bundle of its run. */
async function keep(folder: string, { one, smallest, live }: Fuzzed, qemu: string, io: Io): Promise<void> {
  const { one: kept, live: answers } = smallest ?? { one, live };
  const name = `seed-${one.seed}`;
  mkdirSync(folder, { recursive: true });
  if (answers.length > 0) writeFileSync(join(folder, `${name}.jsonl`), `${caseLine(kept, answers, { qemu })}\n`);
  const lab = mkdtempSync(join(tmpdir(), 'smmu-lab-case-'));
  try {
    for (const [part, text] of Object.entries(labOfCase(kept, `Where QEMU ${qemu} differs, seed ${one.seed}`))) writeFileSync(join(lab, `${part}.yaml`), text);
    await bundleLab(lab, { to: join(folder, `${name}.smmulab`), format: 'bundle', stateAt: [] }, io, {});
  } finally {
    rmSync(lab, { recursive: true });
  }
}

async function run({ qemu, device, seed, count, save, record, json = false }: Options, io: Io): Promise<ExitCode> {
  const executable = unwrap(hasDevice(unwrap(await probeQemu(qemu)), device));
  const { version } = executable;
  const memory = caseMemory();
  const score = new Score();
  // Line by line, so that whatever ends the command leaves those of the machines before.
  const recorded = record === undefined ? null : openRecord(record);
  try {
    await cancellable(io, async ({ signal, progress }) => {
      for await (const fuzzed of fuzz(executable, new ModelAnswers(memory), { seed, count, device }, signal)) {
        score.add(fuzzed);
        progress(score.machines, count);
        if (recorded !== null) writeSync(recorded, `${caseLine(fuzzed.one, fuzzed.live, { qemu: version })}\n`);
        if (!json) io.out(findingText(fuzzed));
        if (save !== undefined && (fuzzed.smallest !== null || fuzzed.died !== null)) await keep(save, fuzzed, version, io);
      }
    }, 'machines');
  } finally {
    memory.release();
    if (recorded !== null) closeSync(recorded);
  }
  io.out(json ? jsonLine(score.json(version)) : score.text(version));
  if (score.machines < count) throw new Refusal({ code: RPC_CODES.cancelled, message: `cancelled after ${score.machines} of ${count} machines` });
  return score.verdicts.finding + score.died === 0 ? EXIT.OK : EXIT.UNMET;
}

function openRecord(file: string): number {
  try {
    return openSync(file, 'w');
  } catch (error) {
    throw new Refusal({ code: 'unwritable', message: `the cases cannot be written: ${(error as Error).message}`, at: { file } });
  }
}

/** `fuzz`: exit status 0 when every difference has a name. */
export const registerFuzz: Register = (program, io, done) => {
  program
    .command('fuzz')
    .description('random machines on the model and on a live QEMU: exit status 0 when every difference is a named deviation, 1 when not')
    .addOption(new Option('--against <peer>', 'what the model is compared with').choices(['qemu']).makeOptionMandatory())
    .requiredOption('--qemu <path>', 'absolute path of a qemu-system-aarch64, 9.2 or newer; it is started without a shell and ended with this command')
    .addOption(deviceOption('every access is then a write'))
    .option('--seed <n>', 'of the first machine; the same seed is the same machine', wholeNumber('a seed', 0xffff_ffff), 1)
    .option('--count <n>', 'machines, of one seed after the other', wholeNumber('a number of machines', 10_000_000), 100)
    .option('--save <folder>', 'keeps the smallest machine of each finding there, as a bundle and as a case')
    .option('--record <file>', "writes every machine with QEMU's answers, as cases")
    .option('--json', 'one JSON document with the counts')
    .action(async (options: Options) => done(await run(options, io)));
};
