import type { SettingsError, SettingsToCheck } from '../adapter.ts';
import { knownCredentials, wrong } from '../settings-check.ts';

/** `webhookSecretPrevious` stays valid while the endpoint's secret is being replaced. */
const CREDENTIALS = ['secretKey', 'publishableKey', 'webhookSecret', 'webhookSecretPrevious'];
const SECRET_KEY = /^(?:sk|rk)_(test|live)_[A-Za-z0-9_]+$/;
const PUBLISHABLE_KEY = /^pk_(test|live)_[A-Za-z0-9_]+$/;
const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9_+/=-]+$/;

/** Whether a key, or the mode it is used in, moves real money. */
export const isLive = ({ mode, credentials }: Pick<SettingsToCheck, 'mode' | 'credentials'>): boolean =>
  mode === 'live' || SECRET_KEY.exec(credentials['secretKey'] ?? '')?.[1] === 'live';

/** Every wrong field. `elsewhere`: Stripe's address was replaced, which is for tests only. */
export const stripeSettingsErrors = (settings: SettingsToCheck, elsewhere: boolean): SettingsError[] => {
  const { mode, credentials } = settings;
  const errors = knownCredentials(credentials, CREDENTIALS);
  const { secretKey, publishableKey } = credentials;
  if (secretKey === undefined) errors.push(wrong('credentials.secretKey', 'required', 'is needed'));
  else errors.push(...keyErrors('credentials.secretKey', secretKey, SECRET_KEY, 'sk_test_… or sk_live_…', mode));
  if (publishableKey !== undefined) {
    errors.push(...keyErrors('credentials.publishableKey', publishableKey, PUBLISHABLE_KEY, 'pk_…', mode));
  }
  for (const name of ['webhookSecret', 'webhookSecretPrevious']) {
    const secret = credentials[name];
    if (secret !== undefined && !WEBHOOK_SECRET.test(secret)) {
      errors.push(wrong(`credentials.${name}`, 'invalid_format', 'must look like whsec_…'));
    }
  }
  if (elsewhere && isLive(settings)) {
    errors.push(wrong('mode', 'live_refused', 'STRIPE_API_BASE is set: live credentials are refused'));
  }
  return errors;
};

const keyErrors = (path: string, key: string, shape: RegExp, example: string, mode: string): SettingsError[] => {
  const keyMode = shape.exec(key)?.[1];
  if (keyMode === undefined) return [wrong(path, 'invalid_format', `must look like ${example}`)];
  return keyMode === mode ? [] : [wrong(path, 'wrong_mode', `is a ${keyMode} key, the mode is ${mode}`)];
};
