// Parts of Monaco that its core loads whether they are used or not. Those that no view uses are left out of the page; its editor of two texts comes
// with the comparison only. Modules are named below esm/vs of the package.
// After an update of Monaco a module may have moved: then the build fails and says which, instead of letting the part back in.

const BELOW = '/node_modules/monaco-editor/esm/vs/';

/** A class of which there is never an object: what asks for it is behind an option that is off. */
const never = (/** @type {string[]} */ ...names) => names.map((name) => `export class ${name} {}`).join('\n');

/** An editor's contribution that no editor has, as its askers expect where it was not registered. */
const notRegistered = (/** @type {string} */ name) => `export class ${name} { static get() { return null; } }`;

/** Module -> what stands in its place; @type {Readonly<Record<string, string>>} */
export const LEFT_OUT = {
  // Several files side by side.
  'editor/browser/widget/multiDiffEditor/multiDiffEditorWidget.js': never('MultiDiffEditorWidget'),
  // Drawing on the GPU (experimentalGpuAcceleration).
  'editor/browser/gpu/viewGpuContext.js': never('ViewGpuContext'),
  'editor/browser/viewParts/viewLinesGpu/viewLinesGpu.js': never('ViewLinesGpu'),
  'editor/browser/viewParts/rulersGpu/rulersGpu.js': never('RulersGpu'),
  'editor/browser/viewParts/gpuMark/gpuMark.js': never('GpuMarkOverlay'),
  // A view always has one, shown or not.
  'editor/browser/viewParts/minimap/minimap.js': `
    import { createFastDomNode } from '../../../../base/browser/fastDomNode.js';
    import { ViewPart } from '../../view/viewPart.js';
    export class Minimap extends ViewPart {
      #node = createFastDomNode(document.createElement('div'));
      getDomNode() { return this.#node; }
      prepareRender() {}
      render() {}
    }`,
  // Parsers of other languages (editor.experimental.preferTreeSitter).
  'editor/common/model/tokens/treeSitter/treeSitterSyntaxTokenBackend.js': never('TreeSitterSyntaxTokenBackend'),
  // What a hover can also show: colours, inlay hints, inline completions; none of them has a provider.
  'editor/contrib/colorPicker/browser/hoverColorPicker/hoverColorPickerParticipant.js': never('ColorHover', 'HoverColorPickerParticipant'),
  'editor/contrib/colorPicker/browser/hoverColorPicker/hoverColorPicker.js': 'export const isOnColorDecorator = () => false;',
  'editor/contrib/inlayHints/browser/inlayHintsHover.js': never('InlayHintsHover'),
  'editor/contrib/inlineCompletions/browser/hintsWidget/inlineCompletionsHintsWidget.js': never('InlineSuggestionHintsContentWidget'),
  // Problems between the lines: the list of problems has them, and its keys.
  'editor/contrib/gotoError/browser/gotoError.js': `${notRegistered('MarkerController')}\n${never('NextMarkerAction')}`,
  // A paste that is something else than text.
  'editor/contrib/dropOrPasteInto/browser/copyPasteController.js': notRegistered('CopyPasteController'),
  // An extension that shows the state of Monaco's own observables.
  'base/common/observableInternal/logging/debugger/devToolsLogger.js': never('DevToolsLogger'),
  // What the editor's worker does, for pages that cannot have one.
  'editor/common/services/editorWebWorker.js': "export class EditorWorker { constructor() { throw new Error('the worker of the editors did not start'); } }",
};

/** Module -> who gets it as if it were left out; everybody else has it. */
export const LEFT_OUT_FOR = {
  'editor/browser/widget/diffEditor/diffEditorWidget.js': { by: 'editor/standalone/browser/standaloneCodeEditor.js', instead: never('DiffEditorWidget') },
};

const STANDS_IN = '\0stands-in:';

/** The module's name below esm/vs, or null: it is not Monaco's. */
function nameOf(/** @type {string} */ id) {
  const at = id.indexOf(BELOW);
  return at < 0 ? null : id.slice(at + BELOW.length).replace(/\?.*$/, '');
}

/** A plugin for the page's build. */
export function monacoParts() {
  const missing = new Set([...Object.keys(LEFT_OUT), ...Object.keys(LEFT_OUT_FOR)]);
  return {
    name: 'monaco-parts',
    enforce: /** @type {const} */ ('pre'),
    /** @this {any} */
    async resolveId(/** @type {string} */ source, /** @type {string | undefined} */ importer, /** @type {object} */ options) {
      if (importer === undefined || !source.endsWith('/diffEditorWidget.js')) return null;
      const found = await this.resolve(source, importer, { ...options, skipSelf: true });
      const name = found === null ? null : nameOf(found.id);
      const rule = Object.entries(LEFT_OUT_FOR).find(([module, { by }]) => module === name && by === nameOf(importer));
      if (rule === undefined) return found;
      missing.delete(rule[0]);
      return `${STANDS_IN}${rule[0]}`;
    },
    load(/** @type {string} */ id) {
      if (id.startsWith(STANDS_IN)) return LEFT_OUT_FOR[/** @type {keyof typeof LEFT_OUT_FOR} */ (id.slice(STANDS_IN.length))].instead;
      const name = nameOf(id);
      const instead = name === null ? undefined : LEFT_OUT[name];
      if (instead === undefined || name === null) return null;
      missing.delete(name);
      return instead;
    },
    /** @this {any} */
    buildEnd(/** @type {Error | undefined} */ error) {
      if (error === undefined && missing.size > 0) this.error(`Monaco no longer loads ${[...missing].join(', ')}: see scripts/monaco-parts.mjs`);
    },
  };
}
