/** Monaco with what editing YAML needs and nothing else; its worker is a file of ours, as the content security policy demands. */
import 'monaco-editor/languages/definitions/yaml/register.js';
import 'monaco-editor/features/bracketMatching/register.js';
import 'monaco-editor/features/clipboard/register.js';
import 'monaco-editor/features/comment/register.js';
import 'monaco-editor/features/cursorUndo/register.js';
import 'monaco-editor/features/find/register.js';
import 'monaco-editor/features/folding/register.js';
import 'monaco-editor/features/hover/register.js';
import 'monaco-editor/features/indentation/register.js';
import 'monaco-editor/features/linesOperations/register.js';
import 'monaco-editor/features/multicursor/register.js';
import 'monaco-editor/features/smartSelect/register.js';
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
    },
  });
}

export { monaco };
