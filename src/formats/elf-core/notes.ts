import type { LabError } from '../../model/base/result.ts';
import type { ByteSource } from '../memory-image/byte-source.ts';
import { viewAt } from '../memory-image/byte-source.ts';

type Note = readonly [name: string, value: string];

/** Notes are small; a larger size is damage. */
const MAX_NOTES = 1 << 24;
const VMCOREINFO = 'VMCOREINFO';
/** Of the some hundred lines of VMCOREINFO, those that say which machine this was. */
const TOLD = /^(?:OSRELEASE|BUILD-ID|PAGESIZE|CRASHTIME|KERNELOFFSET|NUMBER\((?:VA_BITS|TCR_EL1_T1SZ|PHYS_OFFSET|kimage_voffset)\))=(.+)$/;

const align4 = (size: number): number => (size + 3) & ~3;

/** What of VMCOREINFO a reader of the dump wants to know. */
export function vmcoreinfoNotes(text: string): Note[] {
  return text.split('\n').flatMap((line): Note[] => {
    const told = TOLD.exec(line);
    return told === null ? [] : [[line.slice(0, line.indexOf('=')), told[1]!]];
  });
}

/** The notes of one PT_NOTE. */
export function readNotes(source: ByteSource, offset: number, size: number, problems: LabError[]): Note[] {
  const bad = (message: string, at: number): Note[] => {
    problems.push({ code: 'bad-note', message, at: { file: source.name, offset: at } });
    return notes;
  };
  const notes: Note[] = [];
  if (size > MAX_NOTES) return bad(`a PT_NOTE of ${size} bytes is left out, at most ${MAX_NOTES} are read`, offset);
  const view = viewAt(source, offset, size);
  if (view === null) return bad(`a PT_NOTE of ${size} bytes lies outside the file, which has ${source.size}`, offset);
  const ascii = (at: number, length: number): string => new TextDecoder('latin1').decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
  for (let at = 0; at + 12 <= size; ) {
    const nameSize = view.getUint32(at, true);
    const contentSize = view.getUint32(at + 4, true);
    const content = at + 12 + align4(nameSize);
    if (nameSize > size || contentSize > size || content + contentSize > size) return bad('a note is longer than its PT_NOTE', offset + at);
    const name = ascii(at + 12, nameSize).replace(/\0.*$/s, '');
    if (name === VMCOREINFO) notes.push(...vmcoreinfoNotes(ascii(content, contentSize)));
    at = content + align4(contentSize);
  }
  return notes;
}
