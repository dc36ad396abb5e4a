import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { MISTAKES, type Mistake } from './mistakes.ts';
import { scratchCopy } from './scratch.ts';

const SEED = '11';
const wanted = new Set(process.argv.slice(2));
const named = (name: string): boolean => wanted.size === 0 || wanted.has(name);

/** What a run with a mistake in the code came to, and what its checker said. */
type Outcome = { readonly mistake: Mistake; readonly caught: boolean; readonly rules: readonly string[] };

const runIn = (folder: string, args: readonly string[]): Promise<{ code: number | null; output: string }> =>
  new Promise((resolve) => {
    const runner = join(folder, 'tools', 'chaos', 'src', 'main.ts');
    const child = spawn(process.execPath, [runner, ...args, '--seed', SEED, '--data', join(folder, '.data')], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(join(folder, 'run.log'));
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        output += String(text);
        log.write(text);
      });
    child.once('close', (code) => resolve({ code, output }));
  });

/** The rules named in the lines of violations. */
const rulesIn = (output: string): string[] => [
  ...new Set([...output.matchAll(/^violated: ([^:]+):/gm)].map((match) => match[1] ?? '')),
];

const outcomes: Outcome[] = [];
for (const mistake of MISTAKES.filter(({ name }) => named(name))) {
  const copy = scratchCopy(mistake.edits);
  const { code, output } = await runIn(copy.folder, mistake.run);
  const rules = rulesIn(output);
  const caught = code !== 0 && rules.length > 0;
  outcomes.push({ mistake, caught, rules });
  console.log(`${caught ? 'caught' : 'NOT CAUGHT'}: ${mistake.name}: ${rules.join('; ')}`);
  if (caught) copy.remove();
  else console.log(`${output.split('\n').slice(-40).join('\n')}\nleft in ${copy.folder}`);
}

console.log('\n| mistake | what | what the checker said |\n| --- | --- | --- |');
for (const { mistake, rules } of outcomes)
  console.log(`| \`${mistake.name}\` | ${mistake.what} | ${rules.slice(0, 3).join('; ')} |`);
process.exitCode = outcomes.every(({ caught }) => caught) ? 0 : 1;
