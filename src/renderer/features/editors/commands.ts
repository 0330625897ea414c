/** Commands of the documents: what an editor of code does, undoing across documents, problems, and what changed since the last run. */
import { registerCommands, type Command } from '../../services/commands.ts';
import { useDocuments } from '../../services/documents.ts';
import type { Hotkey } from '../../services/hotkeys.ts';
import { useMachineEdits } from '../../services/machine-edits.ts';
import { useProblemList } from '../../services/problem-list.ts';
import { useRun } from '../../services/run.ts';
import { useEditors } from './editors-store.ts';

/** Actions of the editor, by their ids there. */
const ACTIONS: readonly (readonly [id: string, title: string, key: Hotkey, action: string])[] = [
  ['edit.complete', 'Complete what is being typed', 'Ctrl+Space', 'editor.action.triggerSuggest'],
  ['edit.fix', 'Quick fix', 'Ctrl+.', 'editor.action.quickFix'],
  ['edit.hover', 'What is under the cursor', 'Ctrl+Shift+i', 'editor.action.showHover'],
  ['edit.format', 'Format the document', 'Shift+Alt+f', 'editor.action.formatDocument'],
  ['edit.outline', 'Go to a part of the document', 'Ctrl+Shift+o', 'editor.action.quickOutline'],
  ['edit.definition', 'Go to the definition of a device or VM', 'F12', 'editor.action.revealDefinition'],
  ['edit.references', 'Where a device or VM is named', 'Shift+F12', 'editor.action.goToReferences'],
  ['edit.rename', 'Rename a device or VM in all documents', 'F2', 'editor.action.rename'],
];

export function registerEditorCommands(): void {
  const documents = useDocuments();
  const edits = useMachineEdits();
  const editors = useEditors();
  const problems = useProblemList();
  const run = useRun();
  const shown = async (changed: ReturnType<typeof edits.undo>): Promise<void> => {
    const document = await changed;
    if (document !== null) editors.active = document;
  };
  const opened = (): boolean => documents.opened > 0;
  const own: readonly Command[] = [
    { id: 'edit.undo', title: 'Undo the last edit, in whichever document', group: 'Edit', hotkeys: ['Ctrl+z'], when: () => edits.canUndo && !run.busy, run: () => shown(edits.undo()) },
    { id: 'edit.redo', title: 'Do again what was undone', group: 'Edit', hotkeys: ['Ctrl+y', 'Ctrl+Shift+z'], when: () => edits.canRedo && !run.busy, run: () => shown(edits.redo()) },
    { id: 'edit.diff', title: 'Compare the documents with those of the last run', group: 'Edit', hotkeys: ['Ctrl+Alt+d'], when: opened, run: () => editors.compare() },
    { id: 'edit.problems', title: 'List of problems', group: 'Edit', hotkeys: ['Ctrl+Shift+m'], when: opened, run: () => editors.showProblems() },
    { id: 'edit.next-problem', title: 'Next problem', group: 'Edit', hotkeys: ['Alt+F8'], when: () => problems.wrong.length > 0, run: () => editors.move(1) },
    { id: 'edit.previous-problem', title: 'Previous problem', group: 'Edit', hotkeys: ['Shift+Alt+F8'], when: () => problems.wrong.length > 0, run: () => editors.move(-1) },
  ];
  registerCommands([...own, ...ACTIONS.map(([id, title, key, action]): Command => ({ id, title, group: 'Edit', hotkeys: [key], when: opened, run: () => editors.perform(action) }))]);
}
