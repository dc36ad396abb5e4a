/** Who owns what. A service is called `<owner>-svc`, except the gateway, which owns nothing durable. */
export const OWNERS = ['account', 'catalog', 'inventory', 'pricing', 'payment', 'order', 'gateway'] as const;
export type Owner = (typeof OWNERS)[number];

/** What one service may say and hear: its bus permissions and its durable consumers follow from this and nothing else. */
export type ServiceTopology = {
  readonly owner: Owner;
  /** Owners whose calls it may make. */
  readonly calls: readonly Owner[];
  /** Owners whose event streams it reads through a durable consumer (each event handled once by one copy). */
  readonly hears: readonly Owner[];
  /** Owners whose events every copy listens to, to drop what it keeps in memory. */
  readonly watches: readonly Owner[];
  /** Whether it has a stream of its own events. */
  readonly emits: boolean;
};

export const TOPOLOGY = {
  'account-svc': { owner: 'account', calls: [], hears: [], watches: [], emits: true },
  'catalog-svc': { owner: 'catalog', calls: ['inventory'], hears: [], watches: ['catalog'], emits: true },
  'inventory-svc': { owner: 'inventory', calls: [], hears: ['order'], watches: [], emits: true },
  'pricing-svc': { owner: 'pricing', calls: [], hears: [], watches: ['pricing'], emits: true },
  'payment-svc': { owner: 'payment', calls: [], hears: ['order'], watches: ['payment'], emits: true },
  'order-svc': {
    owner: 'order',
    calls: ['catalog', 'inventory', 'pricing', 'payment'],
    hears: ['payment', 'inventory'],
    watches: [],
    emits: true,
  },
  gateway: {
    owner: 'gateway',
    calls: ['account', 'catalog', 'inventory', 'pricing', 'payment', 'order'],
    hears: [],
    watches: ['account'],
    emits: false,
  },
} as const satisfies Record<string, ServiceTopology>;

/** The name of a service as it stands in processes, logs, databases and consumers. */
export type ServiceName = keyof typeof TOPOLOGY;
export const SERVICE_NAMES = Object.keys(TOPOLOGY) as readonly ServiceName[];

/** The stream of an owner's events. */
export const streamName = (owner: Owner): string => `EVT_${owner.toUpperCase()}`;

/** The stream and subject of what could not be handled: `dlq.<service>`. */
export const DEAD_LETTER_STREAM = 'DLQ';
export const deadLetterSubject = (service: ServiceName): string => `dlq.${service}`;

/** A service's own inbox: nobody else may read there. */
export const inboxPrefix = (service: ServiceName): string => `_INBOX.${service}`;
