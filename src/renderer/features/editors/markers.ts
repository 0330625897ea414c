/** Problems as Monaco's markers. */
import type { Problem } from '../../../protocol/contract.ts';
import type { DocumentName } from '../../services/documents.ts';
import { monaco } from './monaco.ts';

export const markersOf = (problems: readonly Problem[], document: DocumentName): monaco.editor.IMarkerData[] =>
  problems
    .filter((problem) => problem.document === document)
    .map(({ line, column, endLine, endColumn, severity, code, message }) => ({
      severity: severity === 'error' ? monaco.MarkerSeverity.Error : monaco.MarkerSeverity.Warning,
      startLineNumber: line,
      startColumn: column,
      endLineNumber: endLine,
      // A problem of no width, such as a missing value, would be invisible.
      endColumn: endLine === line ? Math.max(endColumn, column + 1) : endColumn,
      message,
      code,
    }));
