/** Problems as Monaco's markers; what only has something to say is no marker. */
import type { DocumentName } from '../../services/documents.ts';
import type { ProblemLine } from '../../services/problem-list.ts';
import { monaco } from './monaco.ts';

export const markersOf = (lines: readonly ProblemLine[], document: DocumentName): monaco.editor.IMarkerData[] =>
  lines
    .filter((line) => line.document === document && line.kind !== 'note')
    .map(({ range: { line, column, endLine, endColumn }, kind, code, text }) => ({
      severity: kind === 'error' ? monaco.MarkerSeverity.Error : monaco.MarkerSeverity.Warning,
      startLineNumber: line,
      startColumn: column,
      endLineNumber: endLine,
      // A problem of no width, such as a missing value, would be invisible.
      endColumn: endLine === line ? Math.max(endColumn, column + 1) : endColumn,
      message: text,
      code,
    }));
