/** `compare LAB --qemu PATH`: the lab on a live QEMU, access by access. */
import { Option } from 'commander';
import { caseOfLab } from '../formats/qemu-cases/case-of-lab.ts';
import { describeAnswer } from '../formats/qemu-cases/judge.ts';
import { compareWithLive, judgeHere } from '../host/qemu/compare-lab.ts';
import type { LiveComparison, LiveTransaction } from '../host/qemu/compare-lab.ts';
import { probeQemu } from '../host/qemu/executable.ts';
import { DEVIATIONS } from '../model/spec/index.ts';
import { LIVE_DEVICES } from '../protocol/contract.ts';
import type { LiveDevice } from '../protocol/contract.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { openLab } from './open-lab.ts';
import { cancellable } from './progress.ts';
import { Refusal, refusalOf, unwrap } from './refusal.ts';
import { onUapi } from './uapi-choice.ts';

interface Options {
  readonly uapi?: string | undefined;
  readonly device: LiveDevice;
  readonly json?: boolean | undefined;
}

/** `what`: what that means for the accesses. */
export const deviceOption = (what: string): Option => new Option('--device <name>', `edu, or iommu-testdev of QEMU 11.1 and newer, which only writes, a pattern of its own: ${what}`).choices(LIVE_DEVICES).default('edu');

function transactionText({ step, text, verdict, because, live, here }: LiveTransaction): string {
  const why = DEVIATIONS.filter(({ id }) => because.includes(id)).map(({ id, doc, section, instead }) => `  why   ${id}: ${doc} The architecture (${section}): ${instead}.\n`);
  return `step ${step + 1} ${text}\n  QEMU  ${describeAnswer(live)}\n  here  ${describeAnswer(here)}\n${verdict === 'finding' ? '  a finding: no known deviation of QEMU makes this answer\n' : why.join('')}`;
}

function text({ qemu, transactions, untried }: LiveComparison): string {
  const count = (wanted: LiveTransaction['verdict']): number => transactions.filter(({ verdict }) => verdict === wanted).length;
  const parted = transactions.filter(({ verdict }) => verdict !== 'equal').map(transactionText);
  const left = untried.map(({ index, why }) => `step ${index + 1} was not tried: ${why}\n`);
  return [...parted, ...left, `QEMU ${qemu}: ${transactions.length} transactions, ${count('equal')} equal, ${count('explained')} explained, ${count('finding')} findings\n`].join('');
}

/** Exit status 1 when something differs for which there is no name. */
export async function compareLive(path: string, qemu: string, { uapi, device, json = false }: Options, io: Io): Promise<ExitCode> {
  if (uapi === 'all') throw new Refusal({ code: 'unknown-uapi', message: '--uapi all is for run: compare takes one uAPI' });
  const lab = openLab(path, io);
  if (lab === null) return EXIT.REFUSED;
  const executable = unwrap(await probeQemu(qemu));
  const made = unwrap(caseOfLab(onUapi(lab.data, uapi) ?? lab.data));
  const compared = unwrap(
    await cancellable(io, (options) => compareWithLive(executable, made, judgeHere, device, options), 'transactions').catch((error: unknown) => {
      throw refusalOf(error);
    }),
  );
  if (!json) io.out(text(compared));
  else for (const one of [...compared.transactions.map((each) => ({ ...each, step: each.step + 1, asked: undefined, live: { ...each.live, data: undefined }, here: { ...each.here, data: undefined } })), { qemu: compared.qemu, untried: compared.untried.map(({ index, why }) => ({ step: index + 1, why })) }]) io.out(jsonLine(one));
  return compared.transactions.some(({ verdict }) => verdict === 'finding') ? EXIT.UNMET : EXIT.OK;
}
