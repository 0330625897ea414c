/** The file of an event queue, as its descriptor gives it. Reads never wait: no record, no bytes. */
export interface EventFile {
  /** read(): bytes, or a negative errno. */
  read(length: number): Uint8Array | number;
  /** write(): bytes taken, or a negative errno. */
  write(data: Uint8Array): number;
}
