import { describe, expect, it } from '@jest/globals';
import { anchorsOf, blocks, examples, firstColumn, linksOf, namedErrors, namedRoutes, table } from './markdown.ts';
import { sectionNames, withSections } from './sections.ts';

const PAGE = `# A page

See [there](./there.md#a-place) and \`POST /api/v1/checkout\`: 409 \`out_of_stock\`, else 201 \`draft\`.

\`\`\`json Money
{ "amount": 1 }
\`\`\`

\`\`\`json rules
{ "no": "[contract](nowhere.md)" }
\`\`\`

## What is in it (all of it)

| field          | meaning   |
| -------------- | --------- |
| \`id\`, \`name\` | \`none\` |
| \`total\`      | a | b     |

<!-- generated: numbers -->

old

<!-- end -->

| \`other\` |
`;

describe('a page', () => {
  it('says which routes and errors it names', () => {
    expect(namedRoutes(PAGE)).toEqual(['POST /checkout']);
    expect(namedErrors(PAGE)).toEqual([{ status: 409, code: 'out_of_stock' }]);
  });
  it('has examples of contract types, and blocks that are none', () => {
    expect(examples(PAGE)).toEqual([{ name: 'Money', json: { amount: 1 } }]);
  });
  it('has links, but none in its blocks of code', () => {
    expect(linksOf(PAGE)).toEqual(['./there.md#a-place']);
  });
  it('has an anchor for each heading', () => {
    expect(anchorsOf(PAGE)).toEqual(['a-page', 'what-is-in-it-all-of-it']);
  });
  it('has tables whose first column can be read', () => {
    expect(firstColumn(PAGE, 'What is in it (all of it)')).toEqual(['id', 'name', 'total']);
    expect(() => firstColumn(PAGE, 'Nothing')).toThrow("below a heading 'Nothing'");
  });
  it('has blocks that are found by their words', () => {
    expect(blocks(PAGE, 'json Money')).toEqual(['{ "amount": 1 }']);
    expect(blocks(PAGE, 'sh')).toEqual([]);
  });
});

describe('a generated section', () => {
  it('is replaced between its marks, and nothing else is', () => {
    const after = withSections(PAGE, (name) => `new ${name}`);
    expect(after).toBe(PAGE.replace('old', 'new numbers'));
    expect(withSections(after, (name) => `new ${name}`)).toBe(after);
    expect(sectionNames(PAGE)).toEqual(['numbers']);
  });
});

describe('a table', () => {
  it('has columns as wide as their widest cell, and bars that stay in their cells', () => {
    expect(table(['a', 'name'], [['1', 'x|y']])).toBe('| a   | name |\n| --- | ---- |\n| 1   | x\\|y |');
  });
});
