import { Name, type PaymentProvider, Provider } from '@kervan/contracts';
import type { Stored } from '@kervan/store';
import { z } from 'zod';
import type { Adapter, ProviderSettings, SettingsError } from '../adapters/adapter.ts';
import { wrong } from '../adapters/settings-check.ts';
import { Sealed } from './vault.ts';

/** A tenant's settings of one provider as they are kept: credentials sealed, their names in the clear. */
export type ProviderDocument = z.infer<typeof ProviderDocument>;
export const ProviderDocument = z.object({
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
  provider: Provider,
  displayName: Name,
  mode: z.enum(['test', 'live']),
  credentials: Sealed,
  credentialNames: z.array(z.string()),
  methods: z.array(z.string()),
  currencies: z.array(z.string()),
  minAmount: z.number().int().nullable(),
  maxAmount: z.number().int().nullable(),
  capture: z.enum(['automatic', 'manual']),
  priority: z.number().int(),
  enabled: z.boolean(),
}) satisfies z.ZodType<Stored>;

/** The same in memory, with the credentials in the clear. */
export type OpenedProvider = ProviderSettings &
  Omit<ProviderDocument, 'credentials' | 'tenant' | 'mode' | 'capture' | keyof Stored> & { readonly id: string };

/** The settings as answers show them: which credentials are set, never what they are. */
export const providerView = (document: Omit<ProviderDocument, 'createdAt' | 'updatedAt'>): PaymentProvider => ({
  id: document._id,
  provider: document.provider,
  displayName: document.displayName,
  mode: document.mode,
  credentials: document.credentialNames,
  methods: document.methods,
  currencies: document.currencies,
  minAmount: document.minAmount,
  maxAmount: document.maxAmount,
  capture: document.capture,
  priority: document.priority,
  enabled: document.enabled,
  version: document.version,
});

/** Every wrong field of settings, whichever provider they are for. */
export const settingsErrors = (
  adapter: Adapter,
  settings: Pick<ProviderDocument, 'mode' | 'capture' | 'minAmount' | 'maxAmount'> & {
    credentials: Readonly<Record<string, string>>;
  },
): SettingsError[] => {
  const errors = adapter.validateConfig(settings);
  const { mode, capture, minAmount, maxAmount } = settings;
  if (!adapter.capabilities.modes.includes(mode)) {
    errors.push(wrong('mode', 'unsupported', `${adapter.id} is not available in mode ${mode}`));
  }
  if (capture === 'manual' && !adapter.capabilities.manualCapture) {
    errors.push(wrong('capture', 'unsupported', `${adapter.id} cannot capture later`));
  }
  if (minAmount !== null && maxAmount !== null && minAmount > maxAmount) {
    errors.push(wrong('maxAmount', 'too_small', 'is below minAmount'));
  }
  return errors;
};

/** The credentials after a change: named ones are replaced, an empty text takes one away, the others stay. */
export const changedCredentials = (
  held: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string>>,
): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...held, ...change }).filter(([, value]) => value !== ''));

/** Whether a shop takes real money: then nobody may pay there in a test mode, or goods would go for nothing. */
export const takesRealMoney = (providers: readonly Pick<OpenedProvider, 'enabled' | 'mode'>[]): boolean =>
  providers.some(({ enabled, mode }) => enabled && mode === 'live');

/**
 * The providers a buyer may pay with in a currency, best first: higher priority before lower, then by name. A shop that
 * takes real money offers nothing in test mode, so never the sandbox.
 */
export const offered = (providers: readonly OpenedProvider[], currency: string): OpenedProvider[] => {
  const liveOnly = takesRealMoney(providers);
  return providers
    .filter((each) => each.enabled && (!liveOnly || each.mode === 'live'))
    .filter(({ currencies }) => currencies.length === 0 || currencies.includes(currency))
    .toSorted((one, other) => other.priority - one.priority || (one.provider < other.provider ? -1 : 1));
};

/** Whether a provider takes this amount, in minor units of a currency it is offered in. */
export const takes = ({ minAmount, maxAmount }: OpenedProvider, amount: number): boolean =>
  (minAmount === null || amount >= minAmount) && (maxAmount === null || amount <= maxAmount);
