/** What leaves the window: text to the clipboard, files to where the browser or Electron puts downloads. */

export const copyText = (text: string): Promise<void> => navigator.clipboard.writeText(text);

export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
