/**
 * What a comparison takes for QEMU where none is installed (stand-in-program.ts): the model's own machine behind QEMU's protocols and
 * command line, with QEMU's trace of translations. `--as arch` makes it answer as the architecture wants, which no QEMU does; `--slow MS` delays
 * each DMA; `--silent` never connects; `--pid FILE` says which process it is.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { parseCommandLine } from '../../src/host/qtest/command-line.ts';
import { Connections } from '../../src/host/qtest/connections.ts';
import { JsonReader } from '../../src/host/qtest/json-reader.ts';
import { LineReader } from '../../src/host/qtest/line-reader.ts';
import { QtestSession } from '../../src/host/qtest/qtest-session.ts';
import { hex } from '../../src/model/base/address.ts';
import { createMachine } from '../../src/model/stack/device/machine.ts';
import type { SystemBus } from '../../src/model/stack/device/system-bus.ts';

const VERSION = '11.1.3 (a stand-in)';
const MAX_LINE = 1 << 24;
const args = process.argv.slice(2);
const valueOf = (option: string): string | undefined => args[args.indexOf(option, 0) + 1 || args.length];
const pidFile = valueOf('--pid');
if (pidFile !== undefined) writeFileSync(pidFile, String(process.pid));
if (args.includes('--silent')) setInterval(() => undefined, 1000);
else void serve();

/** A machine from reset that writes its trace. */
function machine(trace: string): SystemBus {
  const line = parseCommandLine([...args, '--profile', valueOf('--as') ?? 'qemu-11']);
  if (!line.ok || line.value.machine === null) throw new Error(line.ok ? 'no machine' : line.error.message);
  const made = createMachine({ ...line.value.machine, onInterrupt: () => undefined });
  if (!made.ok || made.value.smmu === null) throw new Error(made.ok ? 'no SMMU' : made.error.message);
  const { smmu } = made.value;
  const translate = smmu.translate.bind(smmu);
  smmu.translate = (transaction, length = 0, ...rest) => {
    const outcome = translate(transaction, length, ...rest);
    // Each beat of what is aborted is a transaction of its own.
    if (outcome.response === 'abort') for (let beat = 4; beat < length; beat += 4) translate({ ...transaction, iova: transaction.iova + BigInt(beat) });
    const { status, pa } = outcome;
    const [sid, iova] = [hex(transaction.sid), hex(transaction.iova)];
    if (status === 'success') appendFileSync(trace, `smmuv3_translate_success smmuv3 sid=${sid} iova=${iova} translated=${hex(pa! & ~0xfffn)} perm=0x3 stage=1\n`);
    else if (status !== 'fault') appendFileSync(trace, `smmuv3_translate_${status} smmuv3 sid=${sid} iova:${iova} is_write=1\n`);
    return outcome;
  };
  return made.value.bus;
}

async function serve(): Promise<void> {
  const trace = valueOf('-D')!;
  writeFileSync(trace, '');
  const connections = new Connections();
  const [qtest, qmp] = [await connections.open(valueOf('-qtest')!.slice('unix:'.length)), await connections.open(valueOf('-qmp')!.slice('unix:'.length))];
  if (!qtest.ok || !qmp.ok) return;
  const send = (line: string): void => void qtest.value.output.write(`${line}\n`);
  const pause = Number(valueOf('--slow') ?? 0);
  let session = new QtestSession(machine(trace), send);
  const reader = new LineReader(MAX_LINE, {
    line: (text) => {
      if (pause > 0 && text.startsWith('clock_step')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
      session.handle(text);
    },
    tooLong: () => process.exit(1),
  });
  qtest.value.input.on('data', (chunk: Buffer) => reader.push(chunk)).once('close', () => process.exit(0));
  const say = (message: object): void => void qmp.value.output.write(`${JSON.stringify(message)}\r\n`);
  say({ QMP: { version: { package: VERSION }, capabilities: [] } });
  const requests = new JsonReader((text) => {
    const { execute, id } = JSON.parse(text) as { execute: string; id: number };
    if (execute === 'system_reset') session = new QtestSession(machine(trace), send);
    say({ return: {}, id });
    if (execute === 'system_reset') say({ event: 'RESET' });
  });
  qmp.value.input.setEncoding('utf8').on('data', (chunk: string) => requests.push(chunk));
}
