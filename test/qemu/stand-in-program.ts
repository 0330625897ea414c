import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('stand-in.ts', import.meta.url));

/** Makes a stand-in for QEMU (stand-in.ts) in a folder, an executable as a user would choose it: its path. What it is asked before it is started costs no Node. */
export function standIn(folder: string, name = 'qemu-system-aarch64', options: readonly string[] = []): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    `#!/bin/sh
case "$*" in
  --version) echo 'QEMU emulator version 11.1.3 (a stand-in)';;
  '-machine help') echo 'virt                 QEMU 11.1 ARM Virtual Machine';;
  *iommu-testdev,help) echo 'iommu-testdev options:';;
  *'-qmp stdio') ;;
  *) exec "${process.execPath}" "${script}" "$@" ${options.join(' ')};;
esac
`,
  );
  chmodSync(path, 0o755);
  return path;
}
