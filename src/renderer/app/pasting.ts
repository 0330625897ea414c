/** Ctrl+V anywhere outside an editor, and a file dropped on the window: decoded at once. */
import { useMessages } from '../services/messages.ts';
import { hasOpener } from '../services/openers.ts';
import { usePasted } from '../services/pasted.ts';
import { MAX_DECODED } from '../../protocol/contract.ts';

const takesText = (target: EventTarget | null): boolean => target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;

async function showFile(file: File): Promise<void> {
  const messages = useMessages();
  if (file.size > MAX_DECODED) return messages.show('app', `${file.name} has ${file.size} bytes; at most ${MAX_DECODED} are decoded. Captures are opened with Capture.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  usePasted().showFile({ name: file.name, bytes });
}

function onPaste(event: ClipboardEvent): void {
  const data = event.clipboardData;
  if (data === null || event.defaultPrevented || takesText(event.target)) return;
  event.preventDefault();
  const [file] = data.files;
  if (file !== undefined) void showFile(file);
  else usePasted().showText(data.getData('text/plain'));
}

const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;

function onDragOver(event: DragEvent): void {
  if (holdsFiles(event)) event.preventDefault();
}

function onDrop(event: DragEvent): void {
  const [file] = event.dataTransfer?.files ?? [];
  // What somebody opens, such as a bundle, is theirs.
  if (file === undefined || event.defaultPrevented || hasOpener(file.name)) return;
  event.preventDefault();
  void showFile(file);
}

/** Returns what takes the listeners off again. */
export function listenForPasting(target: Document): () => void {
  target.addEventListener('paste', onPaste);
  target.addEventListener('dragover', onDragOver);
  target.addEventListener('drop', onDrop);
  return () => {
    target.removeEventListener('paste', onPaste);
    target.removeEventListener('dragover', onDragOver);
    target.removeEventListener('drop', onDrop);
  };
}
