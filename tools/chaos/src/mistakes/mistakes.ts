/** One place of the code, changed: the text that stands there exactly once, and what stands there instead. */
export type Edit = { readonly file: string; readonly find: string; readonly replace: string };

/** A mistake somebody could make, and the run that has to bring it to light. */
export type Mistake = {
  readonly name: string;
  readonly what: string;
  readonly edits: readonly Edit[];
  /** The options of the run. */
  readonly run: readonly string[];
};

const UPDATE = 'libs/store/src/versioned-write.ts';
const HEARING = 'libs/bus/src/hearing.ts';

/** Every mistake the checker has to catch. */
export const MISTAKES: readonly Mistake[] = [
  {
    name: 'guard-outside-the-update',
    what: 'An update is written whatever the version is by now: of two at once, one is lost.',
    edits: [{ file: UPDATE, find: 'filter: { _id: id, tenant, version },', replace: 'filter: { _id: id, tenant },' }],
    run: ['--faults', 'provider-slow,webhooks-twice,pause', '--minutes', '1'],
  },
  {
    name: 'cart-handed-over-twice',
    what: 'A checkout takes its cart without looking whether another one has it.',
    edits: [
      {
        file: 'apps/order-svc/src/checkout/draft.handlers.ts',
        find: "cart.version === priced.version ? write({ ...ready, version: cart.version }, null) : refuse('conflict'),",
        replace: 'write({ ...ready, version: cart.version }, null),',
      },
      {
        file: 'apps/order-svc/src/checkout/draft.handlers.ts',
        find: "import { refuse, write } from '@kervan/store';",
        replace: "import { write } from '@kervan/store';",
      },
    ],
    run: ['--faults', 'database-slow', '--minutes', '1'],
  },
  {
    name: 'an-event-gets-a-new-id-each-time',
    what: 'The id of an event is made when it is published, so that a second time is another event.',
    edits: [
      {
        file: 'libs/bus/src/publish.ts',
        find: 'const { id, type, version, tenant,',
        replace: 'const { type, version, tenant,',
      },
      {
        file: 'libs/bus/src/publish.ts',
        find: 'return JSON.stringify({ id, type,',
        replace: 'const id = crypto.randomUUID();\n  return JSON.stringify({ id, type,',
      },
    ],
    run: ['--faults', 'nats-kill', '--minutes', '0.5'],
  },
  {
    name: 'acknowledged-before-the-commit',
    what: 'An event is acknowledged when it comes, not when it has been dealt with.',
    edits: [
      {
        file: HEARING,
        find: '    held.set(delivery, Date.now());\n    await tryOn',
        replace: '    answer(delivery, ACK);\n    held.set(delivery, Date.now());\n    await tryOn',
      },
    ],
    run: ['--faults', 'kill@inventory-svc:commit.before,kill@payment-svc:refund.inside', '--minutes', '1'],
  },
  {
    name: 'published-without-an-outbox',
    what: 'Events are sent after the write instead of being written with it.',
    edits: [
      {
        file: UPDATE,
        find: '...(rows.length === 0 ? {} : { $push: { outbox: { $each: [...rows] } } }),',
        replace: '',
      },
      {
        file: UPDATE,
        find: 'const statement = ({ tenant, id, version, decisions, changes, rows }',
        replace: 'const statement = ({ tenant, id, version, decisions, changes }',
      },
    ],
    run: ['--faults', 'kill@order-svc:publish.before,kill@order-svc:commit.after', '--minutes', '0.7'],
  },
  {
    name: 'marked-before-it-is-published',
    what: 'An event counts as sent before the bus has it.',
    edits: [
      {
        file: 'libs/bus/src/relay.ts',
        find: "    reach('publish.before');\n",
        replace: "    await outbox.markSent(rows);\n    reach('publish.before');\n",
      },
      {
        file: 'libs/store/src/tuning.ts',
        find: 'markAfterMs: 1_000,',
        replace: 'markAfterMs: 0,',
      },
    ],
    run: ['--faults', 'nats-kill,bus-cut,bus-void', '--minutes', '1'],
  },
  {
    name: 'refund-without-a-key',
    what: 'A refund is asked for without an idempotency key: asked again, it is another refund.',
    edits: [
      {
        file: 'apps/payment-svc/src/adapters/stripe/stripe.ts',
        find: 'const refunded = await underKey(`${refundId}:refund`, create, async () => {',
        replace: 'const refunded = await underKey(crypto.randomUUID(), create, async () => {',
      },
    ],
    run: ['--faults', 'kill@payment-svc:refund.made', '--webhooks', 'never', '--minutes', '2'],
  },
  {
    name: 'a-ttl-index-as-expiry',
    what: 'Drafts whose time is over are deleted by the database, not ended by a job.',
    edits: [
      {
        file: 'apps/order-svc/src/order/order.store.ts',
        find: '    { key: { createdAt: -1 } },\n',
        replace:
          "    { key: { createdAt: -1 } },\n    { key: { updatedAt: 1 }, expireAfterSeconds: 10, partial: { status: 'draft' }, acrossTenants: true },\n",
      },
      {
        file: 'libs/testing/src/servers/mongo.ts',
        find: "'--setParameter', 'diagnosticDataCollectionEnabled=false'",
        replace: "'--setParameter', 'diagnosticDataCollectionEnabled=false', '--setParameter', 'ttlMonitorSleepSecs=1'",
      },
      {
        file: 'apps/order-svc/src/checkout/jobs.ts',
        find: '    run: (signal) => expireDrafts(deps, signal),',
        replace: '    run: () => Promise.resolve(),',
      },
    ],
    run: ['--faults', 'provider-slow', '--minutes', '0.5'],
  },
  {
    name: 'released-twice',
    what: 'A reservation is given back whatever became of it before.',
    edits: [
      {
        file: 'apps/inventory-svc/src/reservations/decide.ts',
        find: '  if (hasEnded(known.current)) {\n    if (orderSequence',
        replace: '  if (known.current.lines.length === 0) {\n    if (orderSequence',
      },
      {
        file: 'apps/inventory-svc/src/reservations/decide.ts',
        find: 'if (isOvertaken(known.current, command.moment) || isRevived',
        replace: 'if (isRevived',
      },
    ],
    run: ['--faults', 'streams-lost', '--minutes', '0.7'],
  },
  {
    name: 'late-money-is-kept',
    what: 'A payment that succeeds after its order has ended is left where it is.',
    edits: [
      {
        file: 'apps/order-svc/src/order/payment.ts',
        find: "  if (order.status === 'draft') return order;\n  let next = order;",
        replace: "  if (order.status === 'draft' || order.status === 'expired') return order;\n  let next = order;",
      },
    ],
    run: ['--faults', 'webhooks-late', '--minutes', '1'],
  },
  {
    name: 'answered-before-the-journal',
    what: 'Writes are acknowledged before they are on the disk.',
    edits: [
      {
        file: 'libs/store/src/store.ts',
        find: "writeConcern: { w: 'majority', journal: true },",
        replace: 'writeConcern: { w: 1, journal: false },',
      },
    ],
    run: ['--faults', 'mongod-kill', '--minutes', '1.5'],
  },
  {
    name: 'payment-opened-over-another-amount',
    what: 'The provider is asked for the goods alone, and shipping is forgotten.',
    edits: [
      {
        file: 'apps/order-svc/src/checkout/proceed.ts',
        find: 'method: order.choice.method,\n    amount: order.totals.total,',
        replace: 'method: order.choice.method,\n    amount: order.totals.subtotal,',
      },
    ],
    run: ['--faults', 'provider-slow', '--minutes', '0.3'],
  },
  {
    name: 'uses-held-whatever-the-limit',
    what: 'A checkout holds the uses of its coupons without looking whether there are any left.',
    edits: [
      {
        file: 'apps/pricing-svc/src/redemptions/redemption.ts',
        find: "  if (exhausted.length > 0) return fail('coupon_exhausted', { uses: exhausted });\n",
        replace: '',
      },
    ],
    run: ['--faults', 'provider-slow', '--minutes', '0.7'],
  },
  {
    name: 'uses-kept-at-expiry',
    what: 'An order that expires keeps the uses of its coupons, so that nobody else can have them.',
    edits: [
      {
        file: 'apps/order-svc/src/order/move.ts',
        find: '  if (hasEnded(order.status)) return usesReleased(order);\n',
        replace: "  if (hasEnded(order.status)) return order.status === 'expired' ? [] : usesReleased(order);\n",
      },
    ],
    run: ['--faults', 'provider-slow', '--minutes', '0.7'],
  },
];
