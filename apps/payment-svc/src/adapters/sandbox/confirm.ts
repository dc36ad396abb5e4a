import { fail, ok } from '@kervan/contracts';
import type { Result } from '@kervan/contracts';
import { refuse, write } from '@kervan/store';
import type { Decision } from '@kervan/store';
import { z } from 'zod';
import { takesRealMoney } from '../../providers/provider.ts';
import type { Settings } from '../../providers/settings.ts';
import { behaviourOf, Card } from './card.ts';
import { readClientSecret } from './client-secret.ts';
import { finishStep, freshIntent, takesCard, tryCard } from './intent.ts';
import type { SandboxIntent } from './intent.ts';
import type { SandboxDeps } from './sandbox.ts';

/** What the buyer's page sends: a card, or that the step which was asked for is done. */
export const ConfirmRequest = z.union([
  z.strictObject({ clientSecret: z.string().max(2_000), card: Card }),
  z.strictObject({ clientSecret: z.string().max(2_000), step: z.enum(['pass', 'fail']) }),
]);
export type ConfirmRequest = z.infer<typeof ConfirmRequest>;

/** How the payment stands now. Amount in minor units. */
export type ConfirmAnswer = {
  readonly id: string;
  readonly status: SandboxIntent['status'];
  readonly amount: number;
  readonly currency: string;
  /** The buyer has a step to do: call again with `step`. */
  readonly nextAction: { readonly type: 'step' } | null;
};

export type ConfirmDeps = SandboxDeps & { readonly settings: Settings };

/**
 * The buyer pays. A double click is answered like the first one. card_declined (details.declineCode), order_not_payable
 * once the payment was cancelled or the shop takes real money, conflict for a step nobody asked for, payment_not_found.
 */
export const confirmPayment =
  (deps: ConfirmDeps) =>
  async (request: ConfirmRequest): Promise<Result<ConfirmAnswer>> => {
    const { intents, settings, clock, deliver } = deps;
    const read = readClientSecret(request.clientSecret);
    if (read === null) return fail('payment_not_found');
    const providers = await settings.all(read.asked.tenant);
    const { secretKey } = providers.find(({ provider }) => provider === 'sandbox')?.credentials ?? {};
    if (secretKey === undefined || !read.isGenuine(secretKey)) return fail('payment_not_found');
    // Opened before the shop went live, and of no worth since.
    if (takesRealMoney(providers)) return fail('order_not_payable');

    const { tenant, id } = read.asked;
    if ('card' in request) {
      const now = clock();
      const first = tryCard(freshIntent(read.asked), behaviourOf(request.card, now), now);
      if ((await intents.insert(first)) !== null) {
        const intent = { ...first, version: 1, createdAt: now, updatedAt: now };
        deliver(intent);
        return answerOf(intent);
      }
    }
    const updated = await intents.update(tenant, id, (intent) => confirm(intent, request, clock()));
    if (!updated.ok) return updated.error.code === 'not_found' ? fail('conflict') : updated;
    if (updated.value) deliver(updated.document);
    return answerOf(updated.document);
  };

/** The decision on an intent that something has happened to before; true when something happens to it now. */
const confirm = (intent: SandboxIntent, request: ConfirmRequest, now: Date): Decision<SandboxIntent, boolean> => {
  if (intent.status === 'canceled') return refuse('order_not_payable');
  if ('step' in request) {
    if (intent.status === 'requires_payment_method') return refuse('conflict');
    return intent.status === 'requires_action' ? write(finishStep(intent, request.step, now), true) : { keep: false };
  }
  return takesCard(intent) ? write(tryCard(intent, behaviourOf(request.card, now), now), true) : { keep: false };
};

const answerOf = ({ _id, status, amount, currency, declineCode }: SandboxIntent): Result<ConfirmAnswer> =>
  status === 'requires_payment_method'
    ? fail('card_declined', { declineCode: declineCode ?? 'generic_decline' })
    : ok({ id: _id, status, amount, currency, nextAction: status === 'requires_action' ? { type: 'step' } : null });
