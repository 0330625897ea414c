/** Files that are dropped on the window are opened; a page that does not ask for them would be left for the file. */
import { chosenFile } from '../../services/files/files.ts';
import type { ChosenFile } from '../../services/files/files.ts';

/** Returns what ends it. What a panel takes for itself it prevents or stops. */
export function listenForDrops(target: Window, open: (file: ChosenFile) => Promise<unknown>): () => void {
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true && !event.defaultPrevented;
  const onOver = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer!.dropEffect = 'copy';
  };
  const onDrop = async (event: DragEvent): Promise<void> => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    for (const file of [...event.dataTransfer!.files].map(chosenFile)) await open(file);
  };
  const drop = (event: DragEvent): void => void onDrop(event);
  target.addEventListener('dragover', onOver);
  target.addEventListener('drop', drop);
  return () => {
    target.removeEventListener('dragover', onOver);
    target.removeEventListener('drop', drop);
  };
}
