/** A zip archive written from its first byte to its last, each part when its bytes come: what `readDirectory` reads. */
import { CENTRAL, DEFLATED, DESCRIPTOR, DESCRIPTOR_64_BYTES, END, END_64, EXTRA_64, FLAG_DESCRIPTOR, FLAG_FASTEST, LARGE, LOCAL, LOCATOR_64, SEE_64, set64, VERSION, VERSION_64 } from './zip-format.ts';

/** 1 January 1980: when nothing in particular was. */
const NO_TIME = 0x21_0000;

interface Written {
  readonly name: Uint8Array;
  readonly isLarge: boolean;
  readonly offset: number;
  crc: number;
  packed: number;
  bytes: number;
}

export class ZipWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #parts: Written[] = [];
  #offset = 0;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = (bytes) => {
      this.#offset += bytes.byteLength;
      write(bytes);
    };
  }

  /** `bytes` is how many there will be before they are deflated. A part is ended before the next is begun. */
  begin(name: string, bytes: number): void {
    const part = { name: new TextEncoder().encode(name), isLarge: bytes >= LARGE, offset: this.#offset, crc: 0, packed: 0, bytes: 0 };
    this.#parts.push(part);
    const [header, view] = block(LOCAL.bytes + part.name.length + (part.isLarge ? 20 : 0));
    view.setUint32(0, LOCAL.signature, true);
    setKind(view, 4, part.isLarge);
    view.setUint16(26, part.name.length, true);
    header.set(part.name, LOCAL.bytes);
    if (part.isLarge) {
      for (const at of [18, 22]) view.setUint32(at, SEE_64, true);
      view.setUint16(28, 20, true);
      view.setUint16(header.length - 20, EXTRA_64, true);
      view.setUint16(header.length - 18, 16, true);
    }
    this.#write(header);
  }

  /** More of the part, deflated. */
  add(packed: Uint8Array): void {
    this.#parts.at(-1)!.packed += packed.byteLength;
    this.#write(packed);
  }

  end(crc: number, bytes: number): void {
    const part = this.#parts.at(-1)!;
    Object.assign(part, { crc, bytes });
    const [descriptor, view] = block(part.isLarge ? DESCRIPTOR_64_BYTES : DESCRIPTOR.bytes);
    view.setUint32(0, DESCRIPTOR.signature, true);
    view.setUint32(4, crc, true);
    if (part.isLarge) {
      set64(view, 8, part.packed);
      set64(view, 16, bytes);
    } else {
      view.setUint32(8, part.packed, true);
      view.setUint32(12, bytes, true);
    }
    this.#write(descriptor);
  }

  /** The directory: nothing comes behind it. */
  finish(): void {
    const start = this.#offset;
    for (const part of this.#parts) this.#write(central(part));
    const size = this.#offset - start;
    if (start + size >= SEE_64) this.#end64(start, size);
    const [end, view] = block(END.bytes);
    view.setUint32(0, END.signature, true);
    for (const at of [8, 10]) view.setUint16(at, this.#parts.length, true);
    view.setUint32(12, size, true);
    view.setUint32(16, start + size >= SEE_64 ? SEE_64 : start, true);
    this.#write(end);
  }

  #end64(start: number, size: number): void {
    const [end, view] = block(END_64.bytes + LOCATOR_64.bytes);
    view.setUint32(0, END_64.signature, true);
    set64(view, 4, END_64.bytes - 12);
    for (const at of [12, 14]) view.setUint16(at, VERSION_64, true);
    for (const at of [24, 32]) set64(view, at, this.#parts.length);
    set64(view, 40, size);
    set64(view, 48, start);
    view.setUint32(END_64.bytes, LOCATOR_64.signature, true);
    set64(view, END_64.bytes + 8, start + size);
    view.setUint32(END_64.bytes + 16, 1, true);
    this.#write(end);
  }
}

function block(bytes: number): [Uint8Array, DataView] {
  const made = new Uint8Array(bytes);
  return [made, new DataView(made.buffer)];
}

/** What local and central headers have alike: version, flags, method and time. */
function setKind(view: DataView, at: number, isLarge: boolean): void {
  view.setUint16(at, isLarge ? VERSION_64 : VERSION, true);
  view.setUint16(at + 2, FLAG_DESCRIPTOR | FLAG_FASTEST, true);
  view.setUint16(at + 4, DEFLATED, true);
  view.setUint32(at + 6, NO_TIME, true);
}

function central({ name, isLarge, offset, crc, packed, bytes }: Written): Uint8Array {
  const isFar = offset >= SEE_64;
  const large = [...(isLarge ? [bytes, packed] : []), ...(isFar ? [offset] : [])];
  const extra = large.length === 0 ? 0 : 4 + 8 * large.length;
  const [header, view] = block(CENTRAL.bytes + name.length + extra);
  view.setUint32(0, CENTRAL.signature, true);
  view.setUint16(4, VERSION, true);
  setKind(view, 6, extra > 0);
  view.setUint32(16, crc, true);
  view.setUint32(20, isLarge ? SEE_64 : packed, true);
  view.setUint32(24, isLarge ? SEE_64 : bytes, true);
  view.setUint16(28, name.length, true);
  view.setUint16(30, extra, true);
  view.setUint32(42, isFar ? SEE_64 : offset, true);
  header.set(name, CENTRAL.bytes);
  if (extra > 0) {
    const at = CENTRAL.bytes + name.length;
    view.setUint16(at, EXTRA_64, true);
    view.setUint16(at + 2, extra - 4, true);
    large.forEach((value, n) => set64(view, at + 4 + 8 * n, value));
  }
  return header;
}
