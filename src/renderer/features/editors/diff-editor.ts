/** Monaco's editor of two texts, which comes with its comparison only when one is asked for. */
import 'monaco-editor/features/diffEditor/register.js';
import { monaco } from './monaco.ts';

export const createDiffEditor = (place: HTMLElement, options: monaco.editor.IStandaloneDiffEditorConstructionOptions): monaco.editor.IStandaloneDiffEditor => monaco.editor.createDiffEditor(place, options);
