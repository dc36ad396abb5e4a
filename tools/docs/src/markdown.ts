const SHORTEST_RULE = 3;

/** A table whose columns are as wide as their widest cell, as the formatter leaves it. */
export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [heads, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = heads.map((_, column) => Math.max(SHORTEST_RULE, ...lines.map((row) => width(row[column] ?? ''))));
  const draw = (row: readonly string[]) =>
    `| ${widths.map((wide, column) => pad(row[column] ?? '', wide)).join(' | ')} |`;
  const [head = [], ...body] = lines;
  return [draw(head), draw(widths.map((wide) => '-'.repeat(wide))), ...body.map(draw)].join('\n');
};

/** As code, or nothing. */
export const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

/** Several as code, with commas. */
export const codes = (texts: readonly string[]): string => texts.map(code).join(', ');

const width = (text: string): number => [...text].length;
const pad = (text: string, wide: number): string => text + ' '.repeat(wide - width(text));

const ANY_FENCE = /^```[\s\S]*?^```$/gm;
/** The page without its blocks of code, in which nothing is a link or a heading. */
const prose = (page: string): string => page.replaceAll(ANY_FENCE, '');

const EXAMPLE = /^```json ([A-Z][A-Za-z]*)\n([\s\S]*?)^```$/gm;
/** The JSON examples of a page that name the contract's type they are an example of. */
export const examples = (page: string): { name: string; json: unknown }[] =>
  [...page.matchAll(EXAMPLE)].map(([, name = '', text = '']) => ({ name, json: JSON.parse(text) }));

/** The texts of the blocks of code that are marked so (a fence with these words after it), in their order. */
export const blocks = (page: string, words: string): string[] =>
  page
    .split(`\`\`\`${words}\n`)
    .slice(1)
    .map((text) => text.split('\n```', 1)[0] ?? '');

const NAMED_ROUTE = /`(GET|POST|PUT|PATCH|DELETE) \/api\/v1(\/[^`\s?]*)/g;
/** The routes a page names, as `POST /checkout`. */
export const namedRoutes = (page: string): string[] => [
  ...new Set([...page.matchAll(NAMED_ROUTE)].map(([, method = '', path = '']) => `${method} ${path}`)),
];

const NAMED_ERROR = /\b([45]\d\d) `([a-z_]+)`/g;
/** The errors a page names with their status: 409 `out_of_stock`. */
export const namedErrors = (page: string): { status: number; code: string }[] =>
  [...page.matchAll(NAMED_ERROR)].map(([, status = '', name = '']) => ({ status: Number(status), code: name }));

const LINK = /\]\(([^)\s]+)\)/g;
/** Where the links of a page lead, as written. */
export const linksOf = (page: string): string[] => [...prose(page).matchAll(LINK)].map(([, target = '']) => target);

const HEADING = /^#+ +(.+)$/gm;
/** The anchors of a page's headings: in lower case, spaces as hyphens, without punctuation. */
export const anchorsOf = (page: string): string[] =>
  [...prose(page).matchAll(HEADING)].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );

const CODE = /`([^`]+)`/g;
/** What stands as code in the first column of the first table below a heading, row by row. Throws when there is none. */
export const firstColumn = (page: string, heading: string): string[] => {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  const below = start === -1 ? [] : lines.slice(start);
  const first = below.findIndex((line) => line.startsWith('|'));
  if (first === -1) throw new Error(`there is no table below a heading '${heading}'`);
  const rest = below.slice(first);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  const rows = rest.slice(2, end === -1 ? rest.length : end);
  return rows.flatMap((row) => [...(row.split(' | ', 1)[0] ?? '').matchAll(CODE)].map(([, text = '']) => text));
};
