import { checkCapture } from '../formats/capture/check.ts';
import type { CheckReport, Count } from '../formats/capture/check.ts';
import { checkEvents, isEventCapture, readEventCapture } from '../formats/capture/event-capture.ts';
import { hex } from '../model/base/address.ts';
import { DEFAULT_CACHES } from '../model/smmu/options.ts';
import { captureFiles, loadCapture, unwrapIn, withMachine } from './capture-input.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import type { Register } from './register.ts';

const countText = (what: string, { checked, differ }: Count): string => `  ${what.padEnd(14)} ${String(checked - differ).padStart(5)} of ${checked}\n`;

function reportText({ translations, unmapped, faults, specExpected, notReproducible, differences }: CheckReport): string {
  const lines = [countText('translations', translations), countText('unmapped', unmapped), countText('faults', faults)];
  if (specExpected.checked > 0) lines.push(countText('architecture', specExpected));
  const nothing = [translations, unmapped, faults, specExpected].every(({ checked }) => checked === 0);
  if (nothing) lines.push('  nothing is known about this capture: no translations.json, unmapped.json or faults.json to compare with\n');
  if (notReproducible > 0) lines.push(`  ${notReproducible} recorded faults are not reproducible from this memory and were not compared\n`);
  for (const { of, sid, iova, access, expected, got } of differences) {
    lines.push(`  ${of}: StreamID ${hex(sid)}, ${access} of IOVA ${hex(iova)}: expected ${expected}; got ${got}\n`);
  }
  return lines.join('');
}

async function checkOne(folder: string, json: boolean, io: Io): Promise<boolean> {
  const files = await captureFiles(folder);
  if (isEventCapture(files)) {
    const capture = unwrapIn(folder, readEventCapture(files));
    const result = checkEvents(capture);
    if (json) io.out(jsonLine({ capture: folder, kind: 'events', ...result }));
    else {
      io.out(`${folder}: events of Linux ${capture.kernel}, no memory: records and kernel lines compared\n`);
      io.out(`  ${result.records} records, ${result.printed} of them printed by the kernel, ${result.differences.length} differences\n`);
      for (const difference of result.differences) io.out(`  ${difference}\n`);
    }
    return result.differences.length === 0;
  }
  const capture = loadCapture(folder, files);
  const report = withMachine(capture, DEFAULT_CACHES, 'arch', ({ smmu }) => checkCapture(capture, smmu));
  io.out(json ? jsonLine({ capture: folder, kind: 'memory', ...report }) : `${folder}: ${capture.description}\n${reportText(report)}`);
  return report.differences.length === 0;
}

async function check(folders: readonly string[], json: boolean, io: Io): Promise<ExitCode> {
  let same = true;
  for (const folder of folders) same = (await checkOne(folder, json, io)) && same;
  return same ? EXIT.OK : EXIT.UNMET;
}

/** `check CAPTURE`: exit status 1 when the model differs from what is known about a capture. */
export const registerCheck: Register = (program, io, done) => {
  program
    .command('check')
    .description('compare the model with what is known about a capture: translations, unmapped addresses, faults')
    .argument('<capture...>', 'capture folders')
    .option('--json', 'one JSON line per capture')
    .action(async (folders: string[], options: { json?: boolean }) => done(await check(folders, options.json === true, io)));
};
