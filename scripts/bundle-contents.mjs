// What is in the bundles of a target: a plugin that writes down what each chunk was made of, and the lines that tell it.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** @typedef {{ file: string, bytes: number, gzip: number, packages: Record<string, number>, languages: string[], imports: string[], lazy: string[] }} Chunk */

export const CONTENTS = 'contents.json';

/** `monaco-editor`, `@scope/name`, or the folder of our own sources. */
function packageOf(/** @type {string} */ id) {
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(id);
  if (inPackage !== null) return inPackage[1] ?? '';
  const own = /\/src\/([a-z-]+)\//.exec(id);
  return own === null ? 'other' : `src/${own[1]}`;
}

/** Writes `contents.json` beside the bundles of a build. */
export function bundleContents() {
  return {
    name: 'bundle-contents',
    generateBundle(/** @type {unknown} */ _options, /** @type {Record<string, any>} */ bundle) {
      /** @type {Chunk[]} */
      const chunks = [];
      for (const item of Object.values(bundle)) {
        const content = Buffer.from(item.type === 'chunk' ? item.code : item.source);
        /** @type {Record<string, number>} */
        const packages = {};
        for (const [id, { renderedLength }] of Object.entries(item.modules ?? {})) {
          packages[packageOf(id)] = (packages[packageOf(id)] ?? 0) + /** @type {any} */ (renderedLength);
        }
        const languages = Object.keys(item.modules ?? {}).flatMap((id) => /languages\/definitions\/([^/]+)\/\1\.js$/.exec(id)?.[1] ?? []);
        if (!item.fileName.endsWith('.map')) chunks.push({ file: item.fileName, bytes: content.length, gzip: gzipSync(content).length, packages, languages, imports: item.imports ?? [], lazy: item.dynamicImports ?? [] });
      }
      // @ts-expect-error: a plugin's context, whose types come with the bundler.
      this.emitFile({ type: 'asset', fileName: CONTENTS, source: JSON.stringify(chunks, null, 1) });
    },
  };
}

const size = (/** @type {number} */ bytes) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(12);

/** A line for each file, the largest first: its size, compressed, and the packages that most of it is. */
export function contentLines(/** @type {string} */ file) {
  const chunks = /** @type {Chunk[]} */ (JSON.parse(readFileSync(file, 'utf8')));
  return [...chunks].sort((a, b) => b.bytes - a.bytes).map(({ file: name, bytes, gzip, packages }) => {
    const whole = Object.values(packages).reduce((sum, one) => sum + one, 0);
    const main = Object.entries(packages).sort((a, b) => b[1] - a[1]).slice(0, 4).filter(([, one]) => one * 50 > whole);
    return `${name.padEnd(40)} ${size(bytes)} ${size(gzip)} gzip  ${main.map(([one, length]) => `${one} ${Math.round((100 * length) / whole)} %`).join(', ')}`.trimEnd();
  });
}
