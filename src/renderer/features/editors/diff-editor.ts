/** Monaco's editor of two texts, which comes with its comparison only when one is asked for: the core is built without it (scripts/monaco-parts.mjs). */
import 'monaco-editor/features/diffEditor/register.js';
import { DiffEditorWidget } from 'monaco-editor/editor/browser/widget/diffEditor/diffEditorWidget.js';
import { IDiffProviderFactoryService, WorkerBasedDiffProviderFactoryService } from 'monaco-editor/editor/browser/widget/diffEditor/diffProviderFactoryService.js';
import { StandaloneServices } from 'monaco-editor/editor/standalone/browser/standaloneServices.js';
import { SyncDescriptor } from 'monaco-editor/platform/instantiation/common/descriptors.js';
import { IInstantiationService } from 'monaco-editor/platform/instantiation/common/instantiation.js';
import { ServiceCollection } from 'monaco-editor/platform/instantiation/common/serviceCollection.js';
import type { monaco } from './monaco.ts';

export function createDiffEditor(place: HTMLElement, options: monaco.editor.IDiffEditorConstructionOptions): monaco.editor.IDiffEditor {
  // What came after the first editor is not among the services that all of them share.
  const own = new ServiceCollection([IDiffProviderFactoryService, new SyncDescriptor(WorkerBasedDiffProviderFactoryService)]);
  return StandaloneServices.get(IInstantiationService).createChild(own).createInstance(DiffEditorWidget, place, options, {});
}
