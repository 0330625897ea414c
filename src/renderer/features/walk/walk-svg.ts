/** A walk as a picture that stands alone: text and boxes, in the colours of the light theme. */
import type { WalkCell, WalkView } from '../../../protocol/contract.ts';
import { SPACE_LABELS } from '../../widgets/address.ts';
import { TOKENS, type TokenName } from '../../widgets/tokens.ts';
import { lookOf, usedColumns } from './matrix.ts';

const CELL = { width: 168, height: 46, gap: 4 } as const;
const LABEL = 150;
const HEAD = 54;
const MARGIN = 12;
/** Characters of a cell's width at 10 px. */
const FIT = 27;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (mark) => ESCAPES[mark] ?? mark);
const clipped = (text: string): string => (text.length <= FIT ? text : `${text.slice(0, FIT - 1)}…`);
const colour = (token: TokenName): string => TOKENS[token].light;

const textAt = (x: number, y: number, text: string, { size = 10, ink = 'text' as TokenName, mono = false, bold = false } = {}): string =>
  `<text x="${x}" y="${y}" font-size="${size}" fill="${colour(ink)}" font-family="${mono ? 'monospace' : 'sans-serif'}"${bold ? ' font-weight="600"' : ''}>${escaped(text)}</text>`;

function cellAt(cell: WalkCell, x: number, y: number): string {
  const look = lookOf(cell);
  const fault = cell.verdict === 'fault';
  const dashed = cell.kind === 'hit' || cell.kind === 'skipped' ? ' stroke-dasharray="4 3"' : '';
  return [
    `<g><title>${escaped(`${look.text}: ${cell.text}`)}</title>`,
    `<rect x="${x}" y="${y}" width="${CELL.width}" height="${CELL.height}" rx="3" fill="${colour(fault ? 'faultSurface' : 'panel')}" stroke="${colour(fault ? 'fault' : 'edge')}"${dashed}/>`,
    ...(cell.address === null ? [] : [textAt(x + 5, y + 13, `${SPACE_LABELS[cell.space].short} ${cell.address}`, { ink: cell.space, mono: true })]),
    ...(cell.word === null ? [] : [textAt(x + 5, y + 26, cell.word, { ink: 'dim', mono: true })]),
    textAt(x + 5, y + 40, clipped(cell.kind === 'read' && !fault ? cell.text : `${look.text}: ${cell.text}`), { ink: look.ink }),
    '</g>',
  ].join('');
}

export function walkSvg(view: WalkView): string {
  const used = usedColumns(view).flatMap((is, column) => (is ? [column] : []));
  const xOf = (at: number): number => MARGIN + LABEL + at * (CELL.width + CELL.gap);
  const yOf = (at: number): number => MARGIN + HEAD + at * (CELL.height + CELL.gap);
  const width = xOf(used.length) + MARGIN;
  const height = yOf(view.rows.length) + MARGIN;
  const rows = view.rows.flatMap(({ label, address, space, cells }, row) => [
    textAt(MARGIN, yOf(row) + 18, label, { size: 11, bold: true }),
    ...(address == null ? [] : [textAt(MARGIN, yOf(row) + 33, `${SPACE_LABELS[space ?? 'pa'].short} ${address}`, { ink: space ?? 'pa', mono: true })]),
    ...used.flatMap((column, at) => {
      const cell = cells[column];
      return cell == null ? [] : [cellAt(cell, xOf(at), yOf(row))];
    }),
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escaped(`Walk of transaction ${view.txn}, IOVA ${view.iova}: ${view.status}`)}</title>`,
    `<rect width="${width}" height="${height}" fill="${colour('panel')}"/>`,
    textAt(MARGIN, MARGIN + 12, `transaction ${view.txn}: IOVA ${view.iova}, ${view.status}, ${view.reads} of ${view.max} reads`, { size: 12, bold: true }),
    textAt(MARGIN, MARGIN + 28, view.why, { ink: 'dim' }),
    ...used.map((column, at) => textAt(xOf(at), MARGIN + HEAD - 6, view.columns[column] ?? '', { size: 11, ink: 'dim' })),
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}
