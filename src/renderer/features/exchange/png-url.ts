/** Bytes turned into text at once: as many as a call takes arguments. */
const CHUNK = 32 * 1024;

/** A picture as an address that the policy of the page allows (`img-src data:`). */
export function pngUrl(png: Uint8Array): string {
  let text = '';
  for (let at = 0; at < png.byteLength; at += CHUNK) text += String.fromCharCode(...png.subarray(at, at + CHUNK));
  return `data:image/png;base64,${btoa(text)}`;
}
