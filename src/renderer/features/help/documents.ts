/** The documentation that is built into the window: loaded when it is first opened, without a network. */
import { PANEL_IDS, type PanelId, panelDef } from '../../services/panels.ts';
import { headingId } from '../../widgets/markdown-headings.ts';

const FILES = import.meta.glob<string>(['../../../../docs/*.md', '!../../../../docs/coverage.md', '!../../../../docs/views.md'], { query: '?raw', import: 'default' });
const nameOf = (path: string): string => path.replace(/^.*\/|\.md$/g, '');

const LOADERS: ReadonlyMap<string, () => Promise<string>> = new Map(Object.entries(FILES).map(([path, load]) => [nameOf(path), load]));

/** Names of documents, the overview first. */
export const DOCUMENT_IDS: readonly string[] = [...LOADERS.keys()].sort((a, b) => Number(b === 'README') - Number(a === 'README') || a.localeCompare(b));
export const OVERVIEW = 'README';

/** The text of a document; null: there is none of that name. */
export const loadDocument = async (id: string): Promise<string | null> => (await LOADERS.get(id)?.()) ?? null;

export interface HelpPlace {
  readonly document: string;
  /** The id of a heading; empty: the top. */
  readonly section: string;
}

/** Panels whose section is not called as they are. */
const SECTIONS: Partial<Record<PanelId, HelpPlace>> = {
  breakpoints: { document: 'window', section: 'running-stopping-going-back' },
  help: { document: OVERVIEW, section: '' },
};

export const sectionOf = (panel: PanelId): HelpPlace => SECTIONS[panel] ?? { document: 'window', section: headingId(panelDef(panel).title) };

export const PANEL_SECTIONS: readonly (readonly [PanelId, HelpPlace])[] = PANEL_IDS.map((panel) => [panel, sectionOf(panel)]);

/** Where a link in a document leads: a section, a sample lab, or nowhere in this window. */
export function targetOf(href: string, from: string): HelpPlace | { readonly sample: string } | null {
  const [path = '', section = ''] = href.split('#', 2);
  if (path === '') return { document: from, section };
  const sample = /resources\/labs\/([\w-]+)\/README\.md$/.exec(path)?.[1];
  if (sample !== undefined) return { sample };
  const id = nameOf(path);
  return /\.md$/.test(path) && !path.includes('resources/') && LOADERS.has(id) ? { document: id, section } : null;
}
