/** Who owns what. A service is called `<owner>-svc`, except the gateway, which owns nothing durable. */
export const OWNERS = ['account', 'catalog', 'inventory', 'pricing', 'payment', 'order', 'gateway'] as const;
export type Owner = (typeof OWNERS)[number];

/** What one service may say and hear: its bus permissions and its durable consumers follow from this and nothing else. */
export type ServiceTopology = {
  readonly owner: Owner;
  /** Owners whose calls it may make. */
  readonly calls: readonly Owner[];
  /** Which events of which owners it reads through a durable consumer (each event handled once by one copy). */
  readonly hears: Readonly<Partial<Record<Owner, readonly string[]>>>;
  /** Owners whose events every copy listens to, to drop what it keeps in memory. */
  readonly watches: readonly Owner[];
  /** Whether it has a stream of its own events. */
  readonly emits: boolean;
};

export const TOPOLOGY = {
  'account-svc': { owner: 'account', calls: [], hears: {}, watches: [], emits: true },
  'catalog-svc': { owner: 'catalog', calls: ['inventory'], hears: {}, watches: ['catalog'], emits: true },
  'inventory-svc': {
    owner: 'inventory',
    calls: [],
    hears: { order: ['order.confirmed', 'order.expired', 'order.cancelled'] },
    watches: [],
    emits: true,
  },
  'pricing-svc': {
    owner: 'pricing',
    calls: [],
    hears: { order: ['order.uses_redeemed', 'order.uses_released'] },
    watches: ['pricing'],
    emits: true,
  },
  'payment-svc': {
    owner: 'payment',
    calls: [],
    hears: { order: ['order.expired', 'order.cancelled', 'order.refund_requested'] },
    watches: ['payment'],
    emits: true,
  },
  'order-svc': {
    owner: 'order',
    calls: ['catalog', 'inventory', 'pricing', 'payment'],
    hears: {
      payment: [
        'payment.requires_action',
        'payment.processing',
        'payment.authorized',
        'payment.succeeded',
        'payment.failed',
        'payment.cancelled',
        'payment.refunded',
        'payment.disputed',
        'payment.dispute_closed',
        'payment.mismatched',
      ],
      inventory: ['reservation.commit_failed'],
    },
    watches: [],
    emits: true,
  },
  gateway: {
    owner: 'gateway',
    calls: ['account', 'catalog', 'inventory', 'pricing', 'payment', 'order'],
    hears: {},
    watches: ['account'],
    emits: false,
  },
} as const satisfies Record<string, ServiceTopology>;

/** The name of a service as it stands in processes, logs, databases and consumers. */
export type ServiceName = keyof typeof TOPOLOGY;
export const SERVICE_NAMES = Object.keys(TOPOLOGY) as readonly ServiceName[];

/** The owners whose events a service hears. */
export const heardOwners = (service: ServiceName): readonly Owner[] => {
  const { hears }: ServiceTopology = TOPOLOGY[service];
  return OWNERS.filter((owner) => hears[owner] !== undefined);
};

/** The stream of an owner's events. */
export const streamName = (owner: Owner): string => `EVT_${owner.toUpperCase()}`;

/** The services that hear events, each with a stream of what it could not handle. */
export const HEARING_SERVICES = SERVICE_NAMES.filter((service) => heardOwners(service).length > 0);

/** The stream of what a service could not handle. */
export const deadLetterStream = (service: ServiceName): string => `DLQ_${TOPOLOGY[service].owner.toUpperCase()}`;

/** Where a service puts what it could not handle of a shop's events: `dlq.<service>.<tenant>`. */
export const deadLetterSubject = (service: ServiceName, tenant: string): string => `dlq.${service}.${tenant}`;

/** Stands for the shop of a dead letter whose subject named none. */
export const NOBODY = '_';

/** What the subject of every inbox begins with. */
export const INBOXES = '_INBOX.';

/** A service's own inbox: nobody else may read there. */
export const inboxPrefix = (service: ServiceName): string => `${INBOXES}${service}`;
