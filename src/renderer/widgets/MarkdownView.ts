/**
 * A document in Markdown as elements: no HTML of it is taken as HTML. Headings have the ids that links within the documents use; pictures are left out,
 * for the window is what they show.
 */
import { lexer, type Token, type Tokens } from 'marked';
import { computed, defineComponent, h, type VNodeChild } from 'vue';
import { headingsOf, plainText } from './markdown-headings.ts';

type Follow = (href: string) => void;

const childrenOf = (tokens: readonly Token[] | undefined, follow: Follow): VNodeChild[] => (tokens ?? []).map((token) => nodeOf(token, follow));

function tableOf(table: Tokens.Table, follow: Follow): VNodeChild {
  const cells = (row: readonly Tokens.TableCell[], tag: 'th' | 'td'): VNodeChild[] => row.map((cell) => h(tag, tag === 'th' ? { scope: 'col' } : {}, childrenOf(cell.tokens, follow)));
  return h('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': plainText(table.header.flatMap((cell) => cell.tokens)) || 'table' }, [h('table', [h('thead', h('tr', cells(table.header, 'th'))), h('tbody', table.rows.map((row) => h('tr', cells(row, 'td'))))])]);
}

function linkOf({ href, tokens }: Tokens.Link, follow: Follow): VNodeChild {
  const inside = childrenOf(tokens, follow);
  return /^[a-z]+:/i.test(href) ? h('span', { title: href }, inside) : h('button', { type: 'button', class: 'link', onClick: () => follow(href) }, inside);
}

function nodeOf(token: Token, follow: Follow): VNodeChild {
  switch (token.type) {
    case 'heading':
      return h(`h${Math.min(6, (token as Tokens.Heading).depth + 1)}`, { 'data-heading': headingsOf([token])[0]?.id, tabindex: -1 }, childrenOf(token.tokens, follow));
    case 'paragraph':
      return isPicture(token) ? null : h('p', childrenOf(token.tokens, follow));
    case 'list':
      return h((token as Tokens.List).ordered ? 'ol' : 'ul', (token as Tokens.List).items.map((item) => h('li', childrenOf(item.tokens, follow))));
    case 'table':
      return tableOf(token as Tokens.Table, follow);
    case 'code':
      return h('pre', { tabindex: 0 }, h('code', (token as Tokens.Code).text));
    case 'blockquote':
      return h('blockquote', childrenOf(token.tokens, follow));
    case 'strong':
    case 'em':
      return h(token.type, childrenOf(token.tokens, follow));
    case 'codespan':
      return h('code', plainText([token]));
    case 'link':
      return linkOf(token as Tokens.Link, follow);
    case 'image':
    case 'space':
    case 'html':
      return null;
    case 'br':
      return h('br');
    case 'hr':
      return h('hr');
    default:
      return 'tokens' in token && token.tokens !== undefined ? childrenOf(token.tokens, follow) : plainText([token]);
  }
}

const isPicture = ({ tokens }: Tokens.Generic): boolean => tokens?.every((inner) => inner.type === 'image' || (inner.type === 'text' && inner.raw.trim() === '')) === true;

export default defineComponent({
  props: { text: { type: String, required: true } },
  emits: { follow: (href: string) => href !== '' },
  setup(props, { emit }) {
    const tokens = computed(() => lexer(props.text));
    return () => h('div', { class: 'markdown' }, childrenOf(tokens.value, (href) => emit('follow', href)));
  },
});
