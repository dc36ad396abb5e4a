import { type Account, type Event, seconds, stripeId } from './account.ts';
import { routeOf, runRow } from './api.ts';
import { deliveries, type DeliveryControl, type Endpoint } from './deliveries.ts';
import { type Answer, errorAnswer } from './error.ts';
import { type Fault, faults } from './faults.ts';
import { type Form, parseForm } from './form.ts';
import { idempotency } from './idempotency.ts';

/** The version of the API this fake speaks: the one stripe-node 23.1 pins. */
export const API_VERSION = '2026-10-28.endive';

type Shop = Account & {
  readonly deliveries: ReturnType<typeof deliveries>;
  readonly keys: ReturnType<typeof idempotency>;
};

/** A request as it came in. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};
/** What is seen of a request afterwards. */
export type SeenRequest = {
  readonly call: string;
  /** The id in its path, if any. */
  readonly id: string;
  readonly form: Form;
  readonly idempotencyKey: string | null;
  readonly version: string | null;
  readonly status: number;
};
/** What to send back; silence: nothing, the connection closed or left hanging. */
export type Reply =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'silence'; readonly closes: boolean };

const SECRET = /^(?:sk|rk)_test_\w+$/;
const PUBLISHABLE = /^pk_test_\w+$/;

/** The state of the fake: an account for each secret key, what goes wrong, what was asked. */
export const createFake = () => {
  const shops = new Map<string, Shop>();
  const trouble = faults();
  const requests: SeenRequest[] = [];
  const revoked = new Set<string>();

  const shopOf = (key: string): Shop => {
    const known = shops.get(key);
    if (known !== undefined) return known;
    const own = deliveries(API_VERSION);
    const shop: Shop = {
      key,
      intents: new Map(),
      charges: new Map(),
      refunds: new Map(),
      disputes: new Map(),
      emit: (type, object) =>
        own.emit({ id: stripeId('evt'), type, created: seconds(), livemode: false, object: structuredClone(object) }),
      deliveries: own,
      keys: idempotency(),
    };
    shops.set(key, shop);
    return shop;
  };
  /** The account an intent, refund or dispute is in; the first one for an unknown id. */
  const ownerOf = (id: string): Shop => {
    const all = [...shops.values()];
    const owner = all.find((shop) => shop.intents.has(id) || shop.refunds.has(id) || shop.disputes.has(id));
    return owner ?? all[0] ?? shopOf('sk_test_nobody');
  };

  const answer = async (asked: Asked): Promise<Reply> => {
    const headers = {
      'request-id': stripeId('req'),
      'stripe-version': headerOf(asked, 'stripe-version') ?? API_VERSION,
    };
    const say = (given: Answer, more: Record<string, string> = {}): Reply => ({
      kind: 'answer',
      answer: given,
      headers: { ...headers, ...more },
    });
    const key = /^Bearer (\S+)$/.exec(headerOf(asked, 'authorization') ?? '')?.[1] ?? '';
    if ((!SECRET.test(key) && !PUBLISHABLE.test(key)) || revoked.has(key)) {
      return say(
        errorAnswer(
          401,
          'invalid_request_error',
          key === '' ? 'You did not provide an API key.' : 'Invalid API Key provided',
        ),
      );
    }
    const route = routeOf(asked.method, asked.path);
    if (route === null) {
      return say(
        errorAnswer(404, 'invalid_request_error', `Unrecognized request URL (${asked.method}: ${asked.path}).`),
      );
    }
    const form = parseForm(asked.method === 'GET' ? asked.query : asked.body);
    if (form === null) return say(errorAnswer(400, 'invalid_request_error', 'Invalid request body'));

    const { row, id } = route;
    const call = `${row.method} ${row.path}`;
    const idempotencyKey = row.method === 'POST' ? headerOf(asked, 'idempotency-key') : null;
    const seen = (given: Answer): Answer => {
      const { status } = given;
      requests.push({ call, id, form, idempotencyKey, version: headerOf(asked, 'stripe-version'), status });
      return given;
    };
    const fault = trouble.take(call);
    if (fault?.does === 'rate_limit')
      return say(seen(errorAnswer(429, 'rate_limit_error', 'Too many requests', { code: 'rate_limit' })));
    if (fault?.does === 'error_before') return say(seen(errorAnswer(500, 'api_error', 'An unknown error occurred')));

    const shop = SECRET.test(key) ? shopOf(key) : ownerOf(id);
    const run = async (): Promise<Answer> => {
      const done = runRow(shop, row, id, form, !SECRET.test(key));
      if (fault?.does === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 500));
      return fault?.does === 'error_after' ? errorAnswer(500, 'api_error', 'An unknown error occurred') : done;
    };
    const fingerprint = `${call} ${id} ${JSON.stringify(form)}`;
    const { answer: given, isReplayed } =
      idempotencyKey === null
        ? { answer: await run(), isReplayed: false }
        : await shop.keys.run(idempotencyKey, fingerprint, run);
    seen(given);
    if (fault?.does === 'lost' || fault?.does === 'hang') return { kind: 'silence', closes: fault.does === 'lost' };
    return say(given, {
      ...(idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
      ...(isReplayed ? { 'idempotent-replayed': 'true' } : {}),
    });
  };

  return {
    answer,
    requests,
    shopOf,
    ownerOf,
    fault: (fault: Fault) => trouble.add(fault),
    clearFaults: () => trouble.clear(),
    /** The account's key is taken back: no call with it is let in. */
    revoke: (key: string): void => void revoked.add(key),
    /** Where the events of an account go from now on. */
    setEndpoint: (key: string, endpoint: Endpoint | null) => shopOf(key).deliveries.setEndpoint(endpoint),
    setDelivery: (key: string, control: Partial<DeliveryControl>) => shopOf(key).deliveries.setControl(control),
    /**
     * Sends an event made by hand; the delivery says what the endpoint answered. `timestamp` (unix seconds) is what is
     * signed, `to` another address than the endpoint's.
     */
    send: async (
      key: string,
      event: Partial<Event> & Pick<Event, 'type' | 'object'>,
      how: { readonly timestamp?: number; readonly to?: string } = {},
    ) => {
      const own = shopOf(key).deliveries;
      const endpoint = own.endpoint();
      if (endpoint === null) throw new Error('this account has no endpoint');
      const whole = { id: stripeId('evt'), created: seconds(), livemode: false, ...event };
      return own.post(whole, { ...endpoint, url: how.to ?? endpoint.url }, how.timestamp);
    },
    idle: async () => {
      await Promise.all([...shops.values()].map((shop) => shop.deliveries.idle()));
    },
  };
};

const headerOf = ({ headers }: Asked, name: string): string | null => {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
};
