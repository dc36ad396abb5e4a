/** Where a point stands: in everything that uses a lib, or in one service. */
export type Place = { readonly what: string; readonly in: readonly string[] };

const KEEPERS = ['order-svc', 'inventory-svc', 'payment-svc', 'catalog-svc', 'pricing-svc', 'account-svc'];
const HEARERS = ['order-svc', 'inventory-svc', 'pricing-svc', 'payment-svc'];
const CALLERS = ['gateway', 'order-svc', 'catalog-svc'];

/** Every place at which a process can be made to die or to stand still, and the services that have it. */
export const POINTS = {
  'commit.before': { what: 'a write is about to be sent to the database', in: KEEPERS },
  'commit.after': { what: 'the database has the write, nobody knows', in: KEEPERS },
  'publish.before': { what: 'events are about to be put into their stream', in: KEEPERS },
  'publish.after': { what: 'the stream has the events, they are not marked as sent', in: KEEPERS },
  'ack.before': { what: 'an event is handled, and not acknowledged', in: HEARERS },
  'reply.before': { what: 'a call is handled, and not answered', in: KEEPERS },
  'ask.before': { what: 'a neighbour is about to be called', in: CALLERS },
  'ask.after': { what: 'a neighbour has answered, nothing has come of it yet', in: CALLERS },
  'http.before': { what: 'an answer over HTTP is ready, and not sent', in: ['gateway'] },
  'checkout.drafted': { what: 'the draft is written, nothing is reserved', in: ['order-svc'] },
  'checkout.reserved': { what: 'the goods are reserved, no uses are held', in: ['order-svc'] },
  'checkout.held': { what: 'the uses of promotions are held, no payment is open', in: ['order-svc'] },
  'checkout.opened': { what: 'the payment is open, the order does not know', in: ['order-svc'] },
  'order.settled': { what: 'a payment has moved the order, its cart has not followed', in: ['order-svc'] },
  'release.inside': { what: 'a draft has ended, its cart is not free', in: ['order-svc'] },
  'stock.inside': { what: 'stock is written in a transaction that is not committed', in: ['inventory-svc'] },
  'uses.inside': { what: 'uses are written in a transaction that is not committed', in: ['pricing-svc'] },
  'provider.before': { what: 'the provider is about to be called', in: ['payment-svc'] },
  'provider.after': { what: 'the provider has answered, nothing is written', in: ['payment-svc'] },
  'refund.inside': { what: 'a refund is written down, the provider is not asked', in: ['payment-svc'] },
  'refund.made': { what: 'the provider has made a refund, it is not written down', in: ['payment-svc'] },
  'webhook.stored': { what: 'a webhook is stored, and not answered', in: ['payment-svc'] },
} as const satisfies Record<string, Place>;

/** The name of a point, as it stands in the code and in what the runner arms. */
export type Point = keyof typeof POINTS;
