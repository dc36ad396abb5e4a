/**
 * Compiles the modules named on the command line, and all they import, into the cache of NODE_COMPILE_CACHE; runs none
 * of them: modules are evaluated in the order they are imported, and the first one throws.
 */
import { flushCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';

const STOP = 'stop';
const toModule = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`;
const imports = [toModule(`throw '${STOP}'`), ...process.argv.slice(2).map((path) => pathToFileURL(path).href)];

await import(toModule(imports.map((url) => `import ${JSON.stringify(url)};`).join('\n'))).catch((thrown: unknown) => {
  if (thrown !== STOP) throw thrown;
});
flushCompileCache();
