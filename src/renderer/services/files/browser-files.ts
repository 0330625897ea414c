/** Dialogs of the browser: a file input to read; a download, or for large files a place that the user chooses, to write. */
import { chosenFile } from './files.ts';
import type { ChosenFile, Content, Files, KindOfFile, OpenRequest, SaveRequest } from './files.ts';

/** From here on a file is written to its place at once, where the browser can do that, instead of being gathered first. */
const LARGE = 64 * 1024 * 1024;
/** A download has begun long before. */
const KEPT_MS = 60_000;

/** The File System Access API, which only some browsers have. */
interface WithPicker {
  showSaveFilePicker?(options: { suggestedName: string; types: { description: string; accept: Record<string, string[]> }[] }): Promise<FileSystemFileHandle>;
}

export const browserFiles = (page: Window): Files => ({
  open: (request) => choose(page, request),
  save: (request, content) => ((request.size ?? 0) >= LARGE && 'showSaveFilePicker' in page ? stream(page as WithPicker, request, content) : download(page, request, content)),
});

function choose({ document }: Window, { title, kinds, many = false }: OpenRequest): Promise<readonly ChosenFile[]> {
  const input = document.createElement('input');
  input.type = 'file';
  input.hidden = true;
  input.multiple = many;
  input.accept = dotted(kinds).join();
  input.ariaLabel = title;
  document.body.append(input);
  return new Promise<readonly ChosenFile[]>((resolve) => {
    input.addEventListener('change', () => resolve([...(input.files ?? [])].map(chosenFile)));
    input.addEventListener('cancel', () => resolve([]));
    input.click();
  }).finally(() => input.remove());
}

async function download({ document }: Window, { name, kind }: SaveRequest, content: Content): Promise<string> {
  const parts: BlobPart[] = [];
  for await (const bytes of content()) parts.push(bytes.slice());
  const url = URL.createObjectURL(new Blob(parts, { type: kind.type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
  return name;
}

async function stream(page: WithPicker, { name, kind }: SaveRequest, content: Content): Promise<string | null> {
  const types = [{ description: kind.title, accept: { [kind.type]: dotted([kind]) } }];
  const place = await page.showSaveFilePicker!({ suggestedName: name, types }).catch(unlessDismissed);
  if (place === null) return null;
  const file = await place.createWritable();
  try {
    for await (const bytes of content()) await file.write(bytes.slice());
    await file.close();
  } catch (error) {
    await file.abort();
    throw error;
  }
  return place.name;
}

function unlessDismissed(error: unknown): null {
  if (error instanceof DOMException && error.name === 'AbortError') return null;
  throw error;
}

const dotted = (kinds: readonly KindOfFile[]): string[] => kinds.flatMap(({ extensions }) => extensions.map((extension) => `.${extension}`));
