/** A QEMU that a user chose: what it is, and how it must be started so that qtest alone drives it. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';

export interface QemuExecutable {
  readonly path: string;
  /** As it says itself: `10.0.2 (Debian 1:10.0.2+ds-2)`. */
  readonly version: string;
  /** With the qtest accelerator time stands still until it is stepped; without it the processors are never powered on. */
  readonly hasQtest: boolean;
  /** Whether there is an `iommu-testdev` beside `edu`. */
  readonly hasTestDevice: boolean;
}

/** Nothing else of this process's environment reaches QEMU. */
const ENVIRONMENT = ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH', 'SystemRoot'] as const;
export const qemuEnvironment = (): NodeJS.ProcessEnv => Object.fromEntries(ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

const PROBE_TIMEOUT = 20_000;

/** What the program prints when it is told `input`; null when it fails or does not end within a time. */
function printed(path: string, args: readonly string[], signal: AbortSignal | undefined, input = ''): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(path, args, { shell: false, env: qemuEnvironment(), stdio: 'pipe', timeout: PROBE_TIMEOUT, killSignal: 'SIGKILL', signal });
    // One that ends at once does not listen.
    child.stdin.on('error', () => undefined).end(input);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.on('error', () => resolve(null));
    child.on('close', (code) => resolve(code === 0 ? text : null));
  });
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Asks the program what it is. Nothing is looked up on PATH and no shell reads the path. An aborted `signal` ends it; what it is then remains unknown. */
export async function probeQemu(path: string, signal?: AbortSignal): Promise<Result<QemuExecutable>> {
  const at = { file: path };
  if (!isAbsolute(path)) return fail('bad-qemu', 'the path of QEMU must be absolute, such as /usr/bin/qemu-system-aarch64', at);
  if (!isExecutableFile(path)) return fail('bad-qemu', 'there is no program: expected an executable qemu-system-aarch64', at);
  const version = /^QEMU emulator version (.+)$/m.exec((await printed(path, ['--version'], signal)) ?? '')?.[1];
  if (version === undefined) return fail('bad-qemu', 'this is not QEMU: --version printed no "QEMU emulator version"', at);
  const [machines, hasQtest, testDevice] = await Promise.all([printed(path, ['-machine', 'help'], signal), startsWithQtest(path, signal), printed(path, ['-device', 'iommu-testdev,help'], signal)]);
  if (machines === null || !/^virt\s/m.test(machines)) return fail('bad-qemu', `QEMU ${version} has no machine "virt": expected qemu-system-aarch64`, at);
  return ok({ path, version, hasQtest, hasTestDevice: testDevice !== null && /^iommu-testdev options:/m.test(testDevice) });
}

/** `-accel help` does not name it where it is a module: a machine without anything is started with it and ended. */
const startsWithQtest = async (path: string, signal: AbortSignal | undefined): Promise<boolean> =>
  (await printed(path, ['-machine', 'none', '-accel', 'qtest', '-nodefaults', '-display', 'none', '-qmp', 'stdio'], signal, '{"execute":"qmp_capabilities"}{"execute":"quit"}')) !== null;
