/** A picture of the window, which only its own page is given. */
import type { WebContents } from 'electron';
import { MAX_PIECE } from '../protocol/desktop.ts';

/** A PNG of what is on screen. Throws with a message for the user where there is none, or it is too large to be handed over. */
export async function pictureOf(contents: Pick<WebContents, 'capturePage'>): Promise<Uint8Array> {
  const image = await contents.capturePage();
  if (image.isEmpty()) throw new Error('The window cannot be photographed: it is not on screen.');
  const png = image.toPNG();
  if (png.byteLength > MAX_PIECE) throw new Error(`The picture of the window has ${png.byteLength} bytes; at most ${MAX_PIECE} are expected. A smaller window has a smaller one.`);
  return new Uint8Array(png);
}
