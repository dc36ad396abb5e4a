import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type Stripe from 'stripe';
import type { ProviderSettings } from '../adapter.ts';
import { providerError, ProviderRefusal } from '../provider-error.ts';
import { isLive } from './settings.ts';

/** After this long without a byte a connection is given up, in milliseconds. */
const SILENCE_MS = 8_000;

/** Gives the client for a tenant's settings. Rejects with `invalid_credentials` where there may be none. */
export type StripeClients = (settings: ProviderSettings) => Promise<Stripe>;

/**
 * A client for each tenant's settings, kept as long as these; all share the connections. `apiBase` replaces Stripe's
 * address, for test keys only. The SDK takes some 15 MB, so it is loaded when the first shop uses it.
 */
export const stripeClients = (apiBase: string | undefined): StripeClients => {
  const clients = new WeakMap<ProviderSettings, Promise<Stripe>>();
  const base = apiBase === undefined ? undefined : new URL(apiBase);
  const isPlain = base?.protocol === 'http:';
  // Also while it connects, when the SDK's own time does not run yet.
  const connections = { keepAlive: true, timeout: SILENCE_MS };
  const agent = isPlain ? new HttpAgent(connections) : new HttpsAgent(connections);
  let sdk: Promise<typeof Stripe> | undefined;
  let httpClient: Stripe.HttpClient | undefined;

  const open = async (secretKey: string): Promise<Stripe> => {
    sdk ??= import('stripe').then((module) => module.default);
    const Sdk = await sdk;
    httpClient ??= Sdk.createNodeHttpClient(agent);
    return new Sdk(secretKey, {
      apiVersion: Sdk.API_VERSION,
      httpClient,
      // Our own keys make a call repeatable, and our callers decide when to repeat it. What the SDK does on its own is
      // to send a call once more, under the same key, when its connection was closed before an answer came.
      maxNetworkRetries: 0,
      telemetry: false,
      ...(base === undefined
        ? {}
        : {
            host: base.hostname,
            port: base.port === '' ? (isPlain ? 80 : 443) : Number(base.port),
            protocol: isPlain ? 'http' : 'https',
          }),
    });
  };

  return async (settings) => {
    const known = clients.get(settings);
    if (known !== undefined) return known;
    const { secretKey } = settings.credentials;
    if (secretKey === undefined || (base !== undefined && isLive(settings))) {
      throw new ProviderRefusal(providerError('invalid_credentials', { outcome: 'not_sent' }));
    }
    const client = open(secretKey);
    clients.set(settings, client);
    return client;
  };
};
