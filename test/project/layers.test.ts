// The layer rules bite: a small project that breaks each of them once.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const LEGAL = {
  'src/model/base/result.ts': 'export const result = 1;',
  'src/formats/decode.ts': "import '../model/base/result.ts'; import 'yaml'; import 'node:zlib';",
  'src/host/host.ts': "import '../formats/decode.ts'; import '../protocol/port.ts'; import 'node:fs';",
  'src/protocol/port.ts': "import '../model/base/result.ts'; import 'zod';",
  'src/main/index.ts': "import 'electron'; import '../host/host.ts';",
  'src/renderer/features/a/a.ts': "import '../../../protocol/port.ts'; import '../../widgets/w.ts'; import 'vue';",
  'src/renderer/widgets/w.ts': "import '../../model/base/result.ts';",
  'src/model/base/result.test.ts': "import 'node:fs'; import '../../host/host.ts';",
};

/** The other half of a cycle, which is reported once. */
const CYCLE = { 'src/cli/two.ts': "import './one.ts';" };

const BROKEN: readonly (readonly [file: string, source: string, rule: string])[] = [
  ['src/model/up.ts', "import '../formats/decode.ts';", 'model-sees-only'],
  ['src/model/node.ts', "import 'node:fs';", 'model-is-plain'],
  ['src/model/package.ts', "import 'yaml';", 'model-is-plain'],
  ['src/query/up.ts', "import '../formats/decode.ts';", 'query-sees-only'],
  ['src/formats/up.ts', "import '../host/host.ts';", 'formats-sees-only'],
  ['src/protocol/up.ts', "import '../host/host.ts';", 'protocol-sees-only'],
  ['src/protocol/node.ts', "import 'node:fs';", 'protocol-is-plain'],
  ['src/host/up.ts', "import '../main/index.ts';", 'host-sees-only'],
  ['src/host/electron.ts', "import 'electron';", 'electron-in-main-and-preload-only'],
  ['src/renderer/app/host.ts', "import type {} from '../../host/host.ts';", 'renderer-sees-only'],
  ['src/renderer/app/node.ts', "import 'node:fs';", 'renderer-runs-in-a-page'],
  ['src/renderer/features/b/b.ts', "import '../a/a.ts';", 'features-never-import-each-other'],
  ['src/renderer/widgets/up.ts', "import '../features/a/a.ts';", 'widgets-and-services-below-features'],
  ['src/cli/one.ts', "import './two.ts';", 'no-cycles'],
  ['src/cli/missing.ts', "import './nowhere.ts';", 'resolvable'],
];

let folder = '';
let found: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-layers-'));
  for (const [file, source] of [...Object.entries({ ...LEGAL, ...CYCLE }), ...BROKEN]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.base.json', 'tsconfig.node.json', 'package.json'])
    cpSync(join(root, file), join(folder, file));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const cruiser = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
  const { stdout } = spawnSync(process.execPath, [cruiser, 'src', '--output-type', 'json'], { cwd: folder, encoding: 'utf8' });
  const { violations } = (JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } }).summary;
  found = violations.map(({ from, rule }) => `${from}: ${rule.name}`);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

it.each(BROKEN)('%s (%s) breaks %s', (file, _source, rule) => {
  expect(found).toContain(`${file}: ${rule}`);
});

it('and nothing that the design allows is forbidden', () => {
  expect(found.filter((violation) => Object.keys(LEGAL).some((file) => violation.startsWith(`${file}:`)))).toEqual([]);
});
