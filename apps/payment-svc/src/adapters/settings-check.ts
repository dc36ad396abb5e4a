import type { SettingsError } from './adapter.ts';

/** One wrong field. `message` never holds the value. */
export const wrong = (path: string, code: string, message: string): SettingsError => ({ path, code, message });

/** An error for every credential the provider does not know: a mistyped name would otherwise be kept and never used. */
export const knownCredentials = (
  credentials: Readonly<Record<string, string>>,
  known: readonly string[],
): SettingsError[] =>
  Object.keys(credentials)
    .filter((name) => !known.includes(name))
    .map((name) => wrong(`credentials.${name}`, 'unknown', `is unknown; known are ${known.join(', ')}`));
