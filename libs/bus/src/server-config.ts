import {
  deadLetterStream,
  deadLetterSubject,
  heardOwners,
  inboxPrefix,
  SERVICE_NAMES,
  streamName,
  TOPOLOGY,
} from '@kervan/contracts';
import type { Owner, ServiceName, ServiceTopology } from '@kervan/contracts';

const callersOf = (owner: Owner): ServiceName[] =>
  SERVICE_NAMES.filter((service) => {
    const { calls }: ServiceTopology = TOPOLOGY[service];
    return calls.includes(owner);
  });

/** What a user may send and hear. A queue stands after its subject, as the server wants it. */
export type Permissions = { readonly publish: readonly string[]; readonly subscribe: readonly string[] };

/**
 * A service's permissions, down to its own subjects, streams and inbox. Replies go to the inboxes of those who may call
 * it: the server's own `allow_responses` counts uses per subject and forgets by time, which refuses good replies when a
 * subject is used again and costs memory and time when each is new.
 */
export const permissionsOf = (service: ServiceName): Permissions => {
  const { owner, calls, watches, emits }: ServiceTopology = TOPOLOGY[service];
  const hears = heardOwners(service);
  return {
    publish: [
      ...calls.map((called) => `rpc.${called}.>`),
      ...callersOf(owner).map((caller) => `${inboxPrefix(caller)}.>`),
      ...(emits ? [`evt.${owner}.>`, `$JS.API.STREAM.INFO.${streamName(owner)}`] : []),
      ...hears.flatMap((heard) => [
        `$JS.API.CONSUMER.MSG.NEXT.${streamName(heard)}.${service}`,
        `$JS.ACK.${streamName(heard)}.${service}.>`,
      ]),
      ...(hears.length > 0
        ? [
            deadLetterSubject(service, '*'),
            `$JS.API.STREAM.MSG.GET.${deadLetterStream(service)}`,
            `$JS.API.STREAM.MSG.DELETE.${deadLetterStream(service)}`,
          ]
        : []),
    ],
    subscribe: [
      `rpc.${owner}.> ${service}`,
      `${inboxPrefix(service)}.>`,
      ...watches.map((watched) => `evt.${watched}.>`),
    ],
  };
};

/** Whoever sets up the streams and consumers may do nothing else. */
const SETUP: Permissions = { publish: ['$JS.API.>'], subscribe: ['_INBOX.setup.>'] };

export type ServerSettings = {
  readonly port: number;
  /** Where it listens; this machine only unless said. */
  readonly host?: string;
  /** The HTTP port of the server's own figures (`/healthz`, `/varz`, `/jsz`); none unless said. */
  readonly monitorPort?: number;
  readonly storeDir: string;
  /** The public nkey of every user. */
  readonly users: Readonly<Record<ServiceName | 'setup', string>>;
  /** Most bytes of all streams together. */
  readonly maxFileBytes?: number;
};

/**
 * The configuration of a nats-server: one user per service and nobody else, a stream's acknowledgement only after the
 * disk has it. Its text holds no secrets, only public keys.
 */
export const natsServerConfig = (settings: ServerSettings): string => {
  const { port, host = '127.0.0.1', monitorPort, storeDir, users, maxFileBytes = 8 * 2 ** 30 } = settings;
  const services = SERVICE_NAMES.map((name) => user(name, users[name], permissionsOf(name)));
  return `# Made from the topology; see libs/bus.
server_name: kervan
listen: ${text(`${host}:${port}`)}
${monitorPort === undefined ? '' : `http: ${text(`${host}:${monitorPort}`)}\n`}max_payload: 1MB
max_connections: 1000
write_deadline: "10s"
ping_interval: "20s"

jetstream {
  store_dir: ${text(storeDir)}
  max_memory_store: 64MB
  max_file_store: ${maxFileBytes}
  # An acknowledged message survives a loss of power.
  sync_interval: always
}

accounts {
  KERVAN {
    jetstream: enabled
    users: [
${[...services, user('setup', users.setup, SETUP)].join('\n')}
    ]
  }
}
`;
};

const user = (name: string, publicKey: string, { publish, subscribe }: Permissions): string => `\
      # ${name}
      {
        nkey: ${publicKey}
        permissions {
          publish { allow: ${list(publish)} }
          subscribe { allow: ${list(subscribe)} }
        }
      }`;

const list = (subjects: readonly string[]): string => `[${subjects.map(text).join(', ')}]`;

const text = (value: string): string => JSON.stringify(value);
