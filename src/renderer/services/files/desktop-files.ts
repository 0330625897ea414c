/** Dialogs of the desktop. It keeps the paths and hands out handles. */
import { MAX_PIECE, type DesktopBridge } from '../../../protocol/desktop.ts';
import type { ChosenFileHandle } from '../../../protocol/desktop.ts';
import type { ChosenFile, Content, Files, KindOfFile } from './files.ts';

export function desktopFiles(desktop: DesktopBridge): Files {
  return {
    open: async ({ title, kinds, many = false }) => (await desktop.call('files.open', { title, kinds: kinds.map(offered), many })).map((file) => fileOfHandle(desktop, file)),
    save: async ({ title, name, kind }, content) => {
      const target = await desktop.call('files.create', { title, name, kind: offered(kind) });
      if (target === null) return null;
      const { handle } = target;
      try {
        await write(desktop, handle, content);
        await desktop.call('files.finish', { handle });
      } catch (error) {
        await desktop.call('files.close', { handle });
        throw error;
      }
      return target.name;
    },
  };
}

/** A file that the desktop handed over, by a dialog or because it was opened with the lab. */
export const fileOfHandle = (desktop: DesktopBridge, { handle, name, size }: ChosenFileHandle): ChosenFile => ({
  name,
  size,
  read: (from, count) => desktop.call('files.read', { handle, from, count }),
  close: async () => void (await desktop.call('files.close', { handle })),
});

const offered = ({ title, extensions }: KindOfFile): { title: string; extensions: string[] } => ({ title, extensions: [...extensions] });

async function write(desktop: DesktopBridge, handle: string, content: Content): Promise<void> {
  for await (const bytes of content()) {
    for (let at = 0; at < bytes.byteLength; at += MAX_PIECE) await desktop.call('files.write', { handle, bytes: bytes.slice(at, at + MAX_PIECE) });
  }
}
