import { pages, readText, writeText } from './files.ts';
import { renderSections, sectionOf } from './render.ts';
import { withSections } from './sections.ts';

const render = sectionOf(await renderSections());
const changed = pages().filter((page) => {
  const before = readText(page);
  const after = withSections(before, render);
  if (after !== before) writeText(page, after);
  return after !== before;
});
console.log(changed.length === 0 ? 'Every page says what the code does.' : `Rewritten: ${changed.join(', ')}`);
