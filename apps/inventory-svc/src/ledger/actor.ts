import type { Actor } from '@kervan/contracts';

/** An actor as ledger rows name it: the kind, and who of it when that is known (`staff:stf_…`). */
export const actorText = ({ kind, id }: Actor): string => (id === undefined ? kind : `${kind}:${id}`);
