// What the page is built of: Monaco only behind the editors, and of Monaco only what they use.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface Chunk {
  readonly file: string;
  readonly packages: Readonly<Record<string, number>>;
  readonly gzip: number;
  readonly languages: readonly string[];
  readonly features: readonly string[];
  readonly imports: readonly string[];
  readonly lazy: readonly string[];
}

const ROOT = join(import.meta.dirname, '..', '..');
const chunks = JSON.parse(readFileSync(join(ROOT, 'out', 'renderer', 'contents.json'), 'utf8')) as readonly Chunk[];
const hasMonaco = ({ packages }: Chunk): boolean => packages['monaco-editor'] !== undefined;

/** A chunk with everything that it loads at once. */
function loadedWith(file: string, seen = new Set<string>()): readonly Chunk[] {
  const chunk = chunks.find((one) => one.file === file);
  if (chunk === undefined || seen.has(file)) return [];
  seen.add(file);
  return [chunk, ...chunk.imports.flatMap((one) => loadedWith(one, seen))];
}

const nameOf = (file: string): string => file.replace(/^assets\//, '').replace(/-[\w-]{8}\.\w+$/, '');

it('the window starts without Monaco, and only the editors load it', () => {
  expect(chunks.some(hasMonaco)).toBe(true);
  const first = loadedWith(chunks.find(({ file }) => nameOf(file) === 'index' && file.endsWith('.js'))!.file);
  expect(first.filter(hasMonaco)).toEqual([]);
  const views = [...new Set(first.flatMap(({ lazy }) => lazy))].filter((file) => loadedWith(file).some(hasMonaco));
  expect(views.map(nameOf).sort()).toEqual(['CodeEditor', 'DiffView']);
});

it('no language but that of the documents is in it, and no worker but the editor\'s', () => {
  expect([...new Set(chunks.flatMap(({ languages }) => languages))]).toEqual(['yaml']);
  expect(readdirSync(join(ROOT, 'out', 'renderer', 'assets')).filter((file) => /worker/i.test(file)).map(nameOf)).toEqual(['editor.worker']);
});

/** What the documentation of the editors promises, and what those features need of each other. */
const FEATURES = ['bracketMatching', 'clipboard', 'codeAction', 'codeEditor', 'comment', 'cursorUndo', 'documentSymbols', 'editorState', 'find', 'folding', 'format', 'gotoSymbol', 'hover', 'indentation', 'inlineCompletions', 'linesOperations', 'markdownRenderer', 'message', 'multicursor', 'peekView', 'quickAccess', 'rename', 'smartSelect', 'snippet', 'suggest', 'symbolIcons', 'toggleTabFocusMode', 'wordHighlighter', 'wordOperations', 'zoneWidget'];

it('the editors load the features that they have, the comparison its own', () => {
  const of = (view: string): readonly Chunk[] => loadedWith(chunks.find(({ file }) => nameOf(file) === view && file.endsWith('.js'))!.file);
  const features = (view: string): string[] => [...new Set(of(view).flatMap((chunk) => chunk.features))].sort();
  expect(features('CodeEditor')).toEqual(FEATURES);
  expect(features('DiffView').filter((name) => !FEATURES.includes(name))).toEqual(['diffEditor']);
  expect(of('CodeEditor').filter(hasMonaco).reduce((sum, { gzip }) => sum + gzip, 0)).toBeLessThan(760 * 1024);
});
