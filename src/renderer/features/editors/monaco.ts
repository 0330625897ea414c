/**
 * Monaco with what editing lab documents needs and nothing else: one language, the contributions below, each imported by itself. Its
 * worker is a file of ours, as the content security policy demands. What its core would bring along unasked is left out by scripts/monaco-parts.mjs.
 */
import 'monaco-editor/editor/contrib/suggest/browser/suggestController.js';
import 'monaco-editor/languages/definitions/yaml/register.js';
import 'monaco-editor/features/bracketMatching/register.js';
import 'monaco-editor/features/clipboard/register.js';
import 'monaco-editor/features/codeAction/register.js';
import 'monaco-editor/features/comment/register.js';
import 'monaco-editor/features/cursorUndo/register.js';
import 'monaco-editor/features/find/register.js';
import 'monaco-editor/features/folding/register.js';
import 'monaco-editor/features/format/register.js';
import 'monaco-editor/features/gotoSymbol/register.js';
import 'monaco-editor/features/hover/register.js';
import 'monaco-editor/features/indentation/register.js';
import 'monaco-editor/features/linesOperations/register.js';
import 'monaco-editor/features/multicursor/register.js';
import 'monaco-editor/features/quickOutline/register.js';
import 'monaco-editor/features/referenceSearch/register.js';
import 'monaco-editor/features/rename/register.js';
import 'monaco-editor/features/smartSelect/register.js';
import 'monaco-editor/features/snippet/register.js';
import 'monaco-editor/features/toggleTabFocusMode/register.js';
import 'monaco-editor/features/wordHighlighter/register.js';
import 'monaco-editor/features/wordOperations/register.js';
import * as monaco from 'monaco-editor/editor/editor.api.js';
import EditorWorker from 'monaco-editor/editor/editor.worker.js?worker';
import { THEMES, TOKENS, type ThemeName, type TokenName } from '../../widgets/tokens.ts';

self.MonacoEnvironment = { getWorker: () => new EditorWorker() };

export const themeId = (theme: ThemeName): string => `lab-${theme}`;

for (const theme of THEMES) defineTheme(theme);

function defineTheme(theme: ThemeName): void {
  const colour = (token: TokenName): string => TOKENS[token][theme];
  const ink = (token: TokenName): string => colour(token).slice(1);
  monaco.editor.defineTheme(themeId(theme), {
    base: theme === 'light' ? 'vs' : theme === 'dark' ? 'vs-dark' : 'hc-black',
    inherit: true,
    rules: [
      { token: '', foreground: ink('text') },
      { token: 'type', foreground: ink('accent') },
      { token: 'string', foreground: ink('text') },
      { token: 'string.yaml', foreground: ink('text') },
      { token: 'number', foreground: ink('ipa') },
      { token: 'number.hex', foreground: ink('ipa') },
      { token: 'number.octal', foreground: ink('ipa') },
      { token: 'keyword', foreground: ink('pa') },
      { token: 'comment', foreground: ink('dim') },
      { token: 'operators', foreground: ink('dim') },
      { token: 'delimiter', foreground: ink('dim') },
      { token: 'delimiter.bracket', foreground: ink('dim') },
    ],
    colors: {
      'editor.background': colour('panel'),
      'editor.foreground': colour('text'),
      'editor.lineHighlightBackground': colour('raised'),
      'editor.lineHighlightBorder': colour('raised'),
      'editor.selectionBackground': colour('selected'),
      'editor.wordHighlightBackground': colour('hover'),
      'editorLineNumber.foreground': colour('dim'),
      'editorLineNumber.activeForeground': colour('text'),
      'editorIndentGuide.background1': colour('line'),
      'editorError.foreground': colour('fault'),
      'editorWarning.foreground': colour('warning'),
      'editorWidget.background': colour('raised'),
      'editorWidget.border': colour('edge'),
      'editorHoverWidget.background': colour('raised'),
      'editorHoverWidget.border': colour('edge'),
      'editorCursor.foreground': colour('text'),
      'scrollbarSlider.background': `${colour('edge')}55`,
      'scrollbarSlider.hoverBackground': `${colour('edge')}99`,
      'editorOverviewRuler.errorForeground': colour('fault'),
      'editorOverviewRuler.warningForeground': colour('warning'),
      ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((depth) => [`editorBracketHighlight.foreground${depth}`, colour('dim')])),
      focusBorder: colour('focus'),
      'editorWidget.foreground': colour('text'),
      'editorSuggestWidget.background': colour('raised'),
      'editorSuggestWidget.border': colour('edge'),
      'editorSuggestWidget.foreground': colour('text'),
      'editorSuggestWidget.selectedBackground': colour('selected'),
      'editorSuggestWidget.selectedForeground': colour('text'),
      'editorSuggestWidget.selectedIconForeground': colour('text'),
      'editorSuggestWidget.highlightForeground': colour('accent'),
      'editorSuggestWidget.focusHighlightForeground': colour('accent'),
      'quickInput.background': colour('raised'),
      'quickInput.foreground': colour('text'),
      'quickInputList.focusBackground': colour('selected'),
      'quickInputList.focusForeground': colour('text'),
      'quickInputList.focusIconForeground': colour('text'),
      'list.hoverBackground': colour('hover'),
      'list.highlightForeground': colour('accent'),
      'list.focusHighlightForeground': colour('accent'),
      'pickerGroup.border': colour('line'),
      'pickerGroup.foreground': colour('dim'),
      'input.background': colour('panel'),
      'input.foreground': colour('text'),
      'input.border': colour('edge'),
      'peekView.border': colour('edge'),
      'peekViewTitle.background': colour('raised'),
      'peekViewTitleLabel.foreground': colour('text'),
      'peekViewTitleDescription.foreground': colour('dim'),
      'peekViewResult.background': colour('raised'),
      'peekViewResult.lineForeground': colour('text'),
      'peekViewResult.fileForeground': colour('text'),
      'peekViewResult.selectionBackground': colour('selected'),
      'peekViewResult.selectionForeground': colour('text'),
      'peekViewEditor.background': colour('panel'),
      'textLink.foreground': colour('accent'),
      'textLink.activeForeground': colour('accent'),
      'textCodeBlock.background': colour('panel'),
      'diffEditor.insertedLineBackground': colour('okSurface'),
      'diffEditor.insertedTextBackground': colour('okSurface'),
      'diffEditor.removedLineBackground': colour('faultSurface'),
      'diffEditor.removedTextBackground': colour('faultSurface'),
      'diffEditorOverview.insertedForeground': colour('ok'),
      'diffEditorOverview.removedForeground': colour('fault'),
      descriptionForeground: colour('dim'),
      foreground: colour('text'),
    },
  });
}

/** How every editor of the window looks. */
export const EDITOR_LOOKS = {
  automaticLayout: true,
  fontFamily: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace",
  fontSize: 12,
  lineHeight: 18,
  minimap: { enabled: false },
  scrollBeyondLastLine: false,
  wordWrap: 'on',
  wrappingIndent: 'indent',
  lineNumbersMinChars: 3,
  lineDecorationsWidth: 8,
  foldingStrategy: 'indentation',
  renderFinalNewline: 'on',
  renderLineHighlight: 'line',
  overviewRulerLanes: 1,
  padding: { top: 6, bottom: 6 },
  fixedOverflowWidgets: true,
  scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10 },
} as const satisfies monaco.editor.IEditorOptions;

export { monaco };
