// The Chromium that the browser tests and the screenshots use: named by SMMU_LAB_CHROMIUM, or the one that npm brings (Linux x64).
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, say } from './runtime.mjs';

/**
 * @typedef {object} Browser
 * @property {string} executablePath
 * @property {string[]} args
 * @property {Record<string, string>} env
 */

/** Headless, without the services that would look for their makers' hosts; root has no sandbox to offer. */
const ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--font-render-hinting=none',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

/**
 * How to start it, or the reason why there is none.
 * @returns {Promise<Browser | { reason: string }>}
 */
export async function findChromium() {
  const env = /** @type {Record<string, string>} */ ({ ...process.env });
  const named = process.env.SMMU_LAB_CHROMIUM;
  if (named !== undefined) {
    return existsSync(named)
      ? { executablePath: named, args: ARGS, env }
      : { reason: `SMMU_LAB_CHROMIUM names ${named}, which does not exist` };
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { reason: `npm brings no Chromium for ${process.platform} ${process.arch}; name one with SMMU_LAB_CHROMIUM` };
  }
  const folder = await unpacked();
  return {
    executablePath: join(folder, 'chromium'),
    args: ARGS,
    // The libraries and fonts that a bare system lacks come with it.
    env: { ...env, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_FILE: join(folder, 'fonts.conf') },
  };
}

/** Unpacks once, into a folder of its own that is renamed when it is complete. */
async function unpacked() {
  const packaged = join(root, 'node_modules', '@sparticuz', 'chromium');
  const { version } = JSON.parse(readFileSync(join(packaged, 'package.json'), 'utf8'));
  const folder = join(root, '.cache', `chromium-${version}`);
  if (existsSync(folder)) return folder;
  say('unpacking a Chromium for the browser tests (once)');
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  await inflateInto(partial, join(packaged, 'bin'));
  writeFileSync(join(partial, 'fonts.conf'), fontConfiguration(folder));
  try {
    renameSync(partial, folder);
  } catch (error) {
    // Another process was first, or this fails again below.
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The system's fonts where it has any, and those that came with the browser. */
function fontConfiguration(/** @type {string} */ folder) {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${folder}/fonts/fonts</dir>
  <cachedir>${folder}/font-cache</cachedir>
</fontconfig>
`;
}

/** The package's own way to unpack, which goes to the temporary folder: so that is what `folder` is meanwhile. */
async function inflateInto(/** @type {string} */ folder, /** @type {string} */ archives) {
  const { inflate } = await import('@sparticuz/chromium');
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  const work = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br'].map((name) => inflate(join(archives, name)));
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  await Promise.all(work);
}
