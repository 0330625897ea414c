/** Monaco's questions about the documents, put to the lab host: each provider is as thin as its answer allows. */
import type { Documents, Method, Params, ResultOf, TextRange } from '../../../protocol/contract.ts';
import { DOCUMENT_NAMES, type DocumentName } from '../../services/documents.ts';
import type { ProblemLine } from '../../services/problem-list.ts';
import { monaco } from './monaco.ts';

const LANGUAGE = 'yaml';

export const uriOf = (name: DocumentName): monaco.Uri => monaco.Uri.parse(`lab:/${name}.yaml`);

const documentOf = (uri: monaco.Uri): DocumentName => DOCUMENT_NAMES.find((name) => uri.path === `/${name}.yaml`) ?? 'steps';

export const rangeOf = ({ line, column, endLine, endColumn }: TextRange): monaco.Range => new monaco.Range(line, column, endLine, endColumn);

const textRange = ({ startLineNumber, startColumn, endLineNumber, endColumn }: monaco.IRange): TextRange => ({ line: startLineNumber, column: startColumn, endLine: endLineNumber, endColumn });

/** What the providers have of the window. */
export interface Host {
  /** Null: the host could not answer. */
  call<M extends Method>(method: M, params: Params<M>, token: monaco.CancellationToken): Promise<ResultOf<M> | null>;
  documents(): Documents;
  problems(): readonly ProblemLine[];
}

const { CompletionItemKind, SymbolKind, CompletionItemInsertTextRule } = monaco.languages;

const COMPLETION_KINDS = { verb: CompletionItemKind.Function, key: CompletionItemKind.Property, field: CompletionItemKind.Field, word: CompletionItemKind.EnumMember, name: CompletionItemKind.Variable, address: CompletionItemKind.Value } as const;
const SYMBOL_KINDS = { map: SymbolKind.Object, list: SymbolKind.Array, value: SymbolKind.Property, step: SymbolKind.Function } as const;

type Cursor = Params<'language.hover'>;

const cursorOf = (host: Host, model: monaco.editor.ITextModel, { lineNumber, column }: monaco.Position): Cursor => ({ documents: host.documents(), document: documentOf(model.uri), line: lineNumber, column });

function completion(host: Host): monaco.languages.CompletionItemProvider {
  return {
    triggerCharacters: [' ', '{', '['],
    async provideCompletionItems(model, position, _context, token) {
      const found = await host.call('language.complete', cursorOf(host, model, position), token);
      if (found === null) return { suggestions: [] };
      const range = rangeOf(found.range);
      const suggestions = found.items.map(({ label, kind, detail, text, snippet, first }, i) => ({
        label, detail, range,
        kind: COMPLETION_KINDS[kind],
        documentation: { value: text },
        insertText: snippet,
        insertTextRules: CompletionItemInsertTextRule.InsertAsSnippet,
        sortText: `${first ? 0 : 1}${String(i).padStart(4, '0')}`,
        // Behind a key its value is wanted.
        ...(snippet.endsWith(': ') ? { command: { id: 'editor.action.triggerSuggest', title: '' } } : {}),
      }));
      return { suggestions };
    },
  };
}

const hover = (host: Host): monaco.languages.HoverProvider => ({
  async provideHover(model, position, token) {
    const found = await host.call('language.hover', cursorOf(host, model, position), token);
    return found === null ? null : { range: rangeOf(found.range), contents: [{ value: found.text }] };
  },
});

const editOf = (document: DocumentName, range: TextRange, text: string): monaco.languages.IWorkspaceTextEdit => ({ resource: uriOf(document), versionId: undefined, textEdit: { range: rangeOf(range), text } });

function actions(host: Host): monaco.languages.CodeActionProvider {
  return {
    async provideCodeActions(model, range, { markers }, token) {
      const document = documentOf(model.uri);
      const fixes = markers.length === 0 ? [] : ((await host.call('language.fixes', { documents: host.documents(), document, range: textRange(range) }, token)) ?? []);
      const markersAt = (at: TextRange): monaco.editor.IMarkerData[] => markers.filter((marker) => marker.startLineNumber === at.line && marker.startColumn === at.column);
      const ofTexts = fixes.map(({ title, range: at, edits, preferred }) => ({ title, kind: 'quickfix', isPreferred: preferred, diagnostics: markersAt(at), edit: { edits: edits.map((edit) => editOf(edit.document, edit.range, edit.text)) } }));
      const ofRun = host.problems().flatMap(({ document: own, range: at, fix }) => {
        if (own !== document || fix === null || markersAt(at).length === 0) return [];
        return [{ title: fix.title, kind: 'quickfix', isPreferred: true, diagnostics: markersAt(at), edit: { edits: [editOf(own, textRange(model.getFullModelRange()), fix.text)] } }];
      });
      return { actions: [...ofTexts, ...ofRun], dispose: () => undefined };
    },
  };
}

const formatting = (host: Host): monaco.languages.DocumentFormattingEditProvider => ({
  async provideDocumentFormattingEdits(model, _options, token) {
    const formatted = await host.call('language.format', { text: model.getValue() }, token);
    return formatted?.text == null || formatted.text === model.getValue() ? [] : [{ range: model.getFullModelRange(), text: formatted.text }];
  },
});

const symbolOf = ({ name, detail, kind, range, at, children }: ResultOf<'language.outline'>[number]): monaco.languages.DocumentSymbol => ({
  name, detail, tags: [], kind: SYMBOL_KINDS[kind], range: rangeOf(range), selectionRange: rangeOf(at), children: children.map(symbolOf),
});

const symbols = (host: Host): monaco.languages.DocumentSymbolProvider => ({
  async provideDocumentSymbols(model, token) {
    const entries = await host.call('language.outline', { document: documentOf(model.uri), text: model.getValue() }, token);
    return (entries ?? []).map(symbolOf);
  },
});

async function places(host: Host, model: monaco.editor.ITextModel, position: monaco.Position, token: monaco.CancellationToken, definitions: boolean): Promise<monaco.languages.Location[]> {
  const found = await host.call('language.names', cursorOf(host, model, position), token);
  return (found?.places ?? []).filter(({ definition }) => definition || !definitions).map(({ document, range }) => ({ uri: uriOf(document), range: rangeOf(range) }));
}

function renaming(host: Host): monaco.languages.RenameProvider {
  return {
    async provideRenameEdits(model, position, name, token) {
      if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name)) return { edits: [], rejectReason: 'a name is a letter, then letters, digits, _ -' };
      const found = await host.call('language.names', cursorOf(host, model, position), token);
      return { edits: (found?.places ?? []).map(({ document, range }) => editOf(document, range, name)) };
    },
    async resolveRenameLocation(model, position, token) {
      const found = await host.call('language.names', cursorOf(host, model, position), token);
      if (found === null) return { range: new monaco.Range(1, 1, 1, 1), text: '', rejectReason: 'Only devices and VMs have names that other places use.' };
      return { range: rangeOf(found.range), text: found.name };
    },
  };
}

/** Returns what takes the providers back. */
export function registerLanguage(host: Host, open: (document: DocumentName, at: monaco.IPosition) => void): monaco.IDisposable {
  const { languages } = monaco;
  const registered = [
    languages.registerCompletionItemProvider(LANGUAGE, completion(host)),
    languages.registerHoverProvider(LANGUAGE, hover(host)),
    languages.registerCodeActionProvider(LANGUAGE, actions(host), { providedCodeActionKinds: ['quickfix'] }),
    languages.registerDocumentFormattingEditProvider(LANGUAGE, formatting(host)),
    languages.registerDocumentSymbolProvider(LANGUAGE, symbols(host)),
    languages.registerDefinitionProvider(LANGUAGE, { provideDefinition: (model, position, token) => places(host, model, position, token, true) }),
    languages.registerReferenceProvider(LANGUAGE, { provideReferences: (model, position, _context, token) => places(host, model, position, token, false) }),
    languages.registerRenameProvider(LANGUAGE, renaming(host)),
    monaco.editor.registerEditorOpener({
      openCodeEditor(_source, resource, at) {
        if (at !== undefined) open(documentOf(resource), 'lineNumber' in at ? at : { lineNumber: at.startLineNumber, column: at.startColumn });
        return true;
      },
    }),
  ];
  return { dispose: () => registered.forEach((one) => one.dispose()) };
}
