/** What stands between the two marks of a generated section. */
const SECTION = /^<!-- generated: ([a-z0-9-]+) -->\n[\s\S]*?^<!-- end -->$/gm;

/** The names of the generated sections of a page, in their order. */
export const sectionNames = (page: string): string[] => [...page.matchAll(SECTION)].map(([, name = '']) => name);

/** The page with every marked section as `render` makes it by its name. What stands outside the marks stays as it is. */
export const withSections = (page: string, render: (name: string) => string): string =>
  page.replaceAll(SECTION, (_, name: string) => `<!-- generated: ${name} -->\n\n${render(name)}\n\n<!-- end -->`);
