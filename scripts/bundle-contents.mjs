// What is in the bundles of a target: a plugin that writes down what each chunk was made of, and the lines that tell it.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** @typedef {{ file: string, bytes: number, gzip: number, packages: Record<string, number>, languages: string[], features: string[], imports: string[], lazy: string[] }} Chunk */

export const CONTENTS = 'contents.json';

/** `monaco-editor`, `@scope/name`, or the folder of our own sources. */
function packageOf(/** @type {string} */ id) {
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(id);
  if (inPackage !== null) return inPackage[1] ?? '';
  const own = /\/src\/([a-z-]+)\//.exec(id);
  return own === null ? 'other' : `src/${own[1]}`;
}

/** Less of a feature of Monaco is what stands in its place. */
const NOTHING = 512;

/** What a chunk has of Monaco beside its core: its contributions and widgets. */
function featuresOf(/** @type {Record<string, { renderedLength: number }>} */ modules) {
  /** @type {Record<string, number>} */
  const lengths = {};
  for (const [id, { renderedLength }] of Object.entries(modules)) {
    const name = /monaco-editor\/esm\/vs\/editor\/(?:contrib|browser\/widget)\/([^/]+)\//.exec(id)?.[1];
    if (name !== undefined) lengths[name] = (lengths[name] ?? 0) + renderedLength;
  }
  return Object.keys(lengths).filter((name) => (lengths[name] ?? 0) > NOTHING).sort();
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
        if (!item.fileName.endsWith('.map')) chunks.push({ file: item.fileName, bytes: content.length, gzip: gzipSync(content).length, packages, languages, features: featuresOf(item.modules ?? {}), imports: item.imports ?? [], lazy: item.dynamicImports ?? [] });
      }
      // @ts-expect-error: a plugin's context, whose types come with the bundler.
      this.emitFile({ type: 'asset', fileName: CONTENTS, source: JSON.stringify(chunks, null, 1) });
    },
  };
}

const size = (/** @type {number} */ bytes) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(12);

const partLines = (/** @type {string} */ what, /** @type {readonly string[]} */ names) => (names.length === 0 ? [] : [`  ${what}: ${names.join(', ')}`]);

/** A line for each file, the largest first: its size, compressed, and the packages that most of it is; below it what it has of Monaco. */
export function contentLines(/** @type {string} */ file) {
  const chunks = /** @type {Chunk[]} */ (JSON.parse(readFileSync(file, 'utf8')));
  return [...chunks].sort((a, b) => b.bytes - a.bytes).flatMap(({ file: name, bytes, gzip, packages, languages, features }) => {
    const whole = Object.values(packages).reduce((sum, one) => sum + one, 0);
    const main = Object.entries(packages).sort((a, b) => b[1] - a[1]).slice(0, 4).filter(([, one]) => one * 50 > whole);
    const line = `${name.padEnd(40)} ${size(bytes)} ${size(gzip)} gzip  ${main.map(([one, length]) => `${one} ${Math.round((100 * length) / whole)} %`).join(', ')}`.trimEnd();
    return [line, ...partLines('languages', languages), ...partLines('features', features)];
  });
}
