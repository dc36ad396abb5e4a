import type { Provider } from '@kervan/contracts';
import type { Adapter } from './adapter.ts';

/** Every provider there is, by name: adding one is adding it here. */
export type Adapters = Readonly<Record<Provider, Adapter>>;
