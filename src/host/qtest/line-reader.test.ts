import { describe, expect, it } from 'vitest';
import { LineReader } from './line-reader.ts';

function read(limit: number, chunks: readonly string[]): string[] {
  const lines: string[] = [];
  const reader = new LineReader(limit, { line: (text) => lines.push(text), tooLong: () => lines.push('too long') });
  for (const chunk of chunks) reader.push(Buffer.from(chunk, 'latin1'));
  return lines;
}

describe('LineReader', () => {
  it('cuts lines wherever the pieces are cut', () => {
    expect(read(100, ['one\ntw', '', 'o\n\nthr', 'ee'])).toEqual(['one', 'two', '']);
  });

  it('drops a line longer than the limit and reads the next', () => {
    expect(read(4, ['1234\n12', '345', '6789\n12\n'])).toEqual(['1234', 'too long', '12']);
  });
});
