/// <reference types="vite/client" />
interface Window {
  MonacoEnvironment?: { getWorker(): Worker };
}
// Modules of Monaco that come without types.
declare module 'monaco-editor/editor/standalone/browser/standaloneServices.js' {
  import type { IInstantiationService, InstantiationService } from 'monaco-editor/platform/instantiation/common/instantiation.js';
  export const StandaloneServices: { get(id: typeof IInstantiationService): InstantiationService };
}
declare module 'monaco-editor/platform/instantiation/common/instantiation.js' {
  import type { ServiceCollection } from 'monaco-editor/platform/instantiation/common/serviceCollection.js';
  export const IInstantiationService: unique symbol;
  export interface InstantiationService {
    createChild(services: ServiceCollection): InstantiationService;
    createInstance<T, A extends unknown[]>(one: new (...args: A) => T, ...args: A): T;
  }
}
declare module 'monaco-editor/platform/instantiation/common/descriptors.js' {
  export class SyncDescriptor {
    constructor(service: new (...args: never[]) => unknown);
  }
}
declare module 'monaco-editor/platform/instantiation/common/serviceCollection.js' {
  import type { SyncDescriptor } from 'monaco-editor/platform/instantiation/common/descriptors.js';
  export class ServiceCollection {
    constructor(...services: (readonly [id: symbol, service: SyncDescriptor])[]);
  }
}
declare module 'monaco-editor/editor/browser/widget/diffEditor/diffProviderFactoryService.js' {
  export const IDiffProviderFactoryService: unique symbol;
  export const WorkerBasedDiffProviderFactoryService: new () => unknown;
}
declare module 'monaco-editor/editor/browser/widget/diffEditor/diffEditorWidget.js' {
  import type { editor } from 'monaco-editor/editor/editor.api.js';
  export const DiffEditorWidget: new (place: HTMLElement, options: editor.IDiffEditorConstructionOptions, widgets: object) => editor.IDiffEditor;
}
