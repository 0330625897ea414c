/** Files of the host as a VMM holds them. */

/** A file descriptor that takes ioctls: 0 or a negative errno; answers are written into the bytes. */
export interface IoctlPort {
  ioctl(cmd: number, bytes: Uint8Array): number;
}

/** /dev/iommu, with the files of the event queues that come from it. */
export interface IommufdPort extends IoctlPort {
  /** read(): bytes, none when nothing waits, or a negative errno. */
  readFile(fd: number, length: number): Uint8Array | number;
  /** write(): bytes taken, or a negative errno. */
  writeFile(fd: number, data: Uint8Array): number;
}

/** The VMM's own memory, for what ioctls point to. */
export interface UserBuffers {
  place(bytes: Uint8Array): bigint;
  remove(ptr: bigint): void;
}
