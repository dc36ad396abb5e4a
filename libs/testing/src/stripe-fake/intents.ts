import type { Account, Charge, Intent, StripeObject } from './account.ts';
import { seconds, stripeId } from './account.ts';
import { cardOf, type CardBehaviour } from './cards.ts';
import { type Answer, errorAnswer, invalid, missing } from './error.ts';
import { type Form, mapOf, textOf } from './form.ts';
import { listPage } from './list.ts';

const ok = (body: StripeObject): Answer => ({ status: 200, body: structuredClone(body) });

/** `POST /v1/payment_intents` */
export const createIntent = (account: Account, form: Form): Answer => {
  const amount = Number(textOf(form, 'amount'));
  const currency = textOf(form, 'currency') ?? '';
  if (!/^[a-z]{3}$/.test(currency)) return invalid(`Invalid currency: ${currency}`, { param: 'currency' });
  if (amount < 1) return invalid('This value must be greater than or equal to 1.', { param: 'amount' });
  const id = stripeId('pi');
  const intent: Intent = {
    id,
    object: 'payment_intent',
    amount,
    amount_capturable: 0,
    amount_received: 0,
    automatic_payment_methods:
      mapOf(form, 'automatic_payment_methods')['enabled'] === 'true'
        ? { enabled: true, allow_redirects: 'always' }
        : null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: textOf(form, 'capture_method') ?? 'automatic_async',
    client_secret: stripeId(`${id}_secret`),
    created: seconds(),
    currency,
    description: textOf(form, 'description') ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: mapOf(form, 'metadata'),
    next_action: null,
    payment_method: null,
    payment_method_types: ['card'],
    status: 'requires_payment_method',
  };
  account.intents.set(id, intent);
  account.emit('payment_intent.created', intent);
  return textOf(form, 'confirm') === 'true' ? confirmIntent(account, id, form) : ok(intent);
};

/** `GET /v1/payment_intents/:id` */
export const readIntent = (account: Account, id: string, form: Form): Answer => {
  const intent = account.intents.get(id);
  if (intent === undefined) return missing('payment_intent', id);
  const charge = account.charges.get(intent.latest_charge ?? '');
  const expands = Array.isArray(form['expand']) && form['expand'].includes('latest_charge');
  return { status: 200, body: structuredClone(expands && charge ? { ...intent, latest_charge: charge } : intent) };
};

/** `GET /v1/payment_intents` */
export const listIntents = (account: Account, form: Form): Answer =>
  listPage([...account.intents.values()], form, '/v1/payment_intents');

const unexpected = (intent: Intent, verb: string): Answer =>
  errorAnswer(
    400,
    'invalid_request_error',
    `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}.`,
    { code: 'payment_intent_unexpected_state', payment_intent: structuredClone(intent) },
  );

/** `POST /v1/payment_intents/:id/confirm`: the buyer pays. A refused card puts the intent back and answers 402. */
export const confirmIntent = (account: Account, id: string, form: Form): Answer => {
  const intent = account.intents.get(id);
  if (intent === undefined) return missing('payment_intent', id);
  if (intent.status !== 'requires_payment_method' && intent.status !== 'requires_action') {
    return unexpected(intent, 'confirm');
  }
  const method = textOf(form, 'payment_method') ?? '';
  const card = cardOf(method);
  if (card === undefined)
    return errorAnswer(400, 'invalid_request_error', `No such PaymentMethod: '${method}'`, {
      code: 'resource_missing',
      param: 'payment_method',
    });
  Object.assign(intent, { payment_method: method, last_payment_error: null });
  if (card.does === 'authenticate') {
    const return_url = textOf(form, 'return_url') ?? null;
    intent.status = 'requires_action';
    intent.next_action = {
      type: 'redirect_to_url',
      redirect_to_url: { url: `https://hooks.stripe.com/3d/${id}`, return_url },
    };
    account.emit('payment_intent.requires_action', intent);
    return ok(intent);
  }
  if (card.does === 'process') {
    intent.status = 'processing';
    account.emit('payment_intent.processing', intent);
    return ok(intent);
  }
  return card.does === 'decline' ? decline(account, intent, card) : succeed(account, intent);
};

/** The buyer has done the step asked for, or a delayed method has come to its end: it worked, or it did not. */
export const finishIntent = (account: Account, id: string, passed: boolean): Answer => {
  const intent = account.intents.get(id);
  if (intent === undefined) return missing('payment_intent', id);
  if (intent.status !== 'requires_action' && intent.status !== 'processing') return unexpected(intent, 'finish');
  if (passed) return succeed(account, intent);
  const code = intent.status === 'requires_action' ? 'payment_intent_authentication_failure' : 'card_declined';
  return decline(account, intent, { does: 'decline', code });
};

const chargeOf = (account: Account, intent: Intent, status: Charge['status']): Charge => {
  const isCaptured = status === 'succeeded' && intent.capture_method !== 'manual';
  const charge: Charge = {
    id: stripeId('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: isCaptured ? intent.amount : 0,
    amount_refunded: 0,
    captured: isCaptured,
    created: seconds(),
    currency: intent.currency,
    disputed: false,
    failure_code: null,
    livemode: false,
    metadata: intent.metadata,
    paid: status === 'succeeded',
    payment_intent: intent.id,
    refunded: false,
    status,
  };
  account.charges.set(charge.id, charge);
  intent.latest_charge = charge.id;
  return charge;
};

const decline = (account: Account, intent: Intent, card: Extract<CardBehaviour, { does: 'decline' }>): Answer => {
  const charge = chargeOf(account, intent, 'failed');
  const message = 'Your card was declined.';
  const fields = {
    code: card.code,
    ...(card.declineCode === undefined ? {} : { decline_code: card.declineCode }),
    charge: charge.id,
  };
  charge.failure_code = card.code;
  Object.assign(intent, {
    status: 'requires_payment_method',
    payment_method: null,
    next_action: null,
    last_payment_error: { type: 'card_error', message, ...fields },
  });
  account.emit('charge.failed', charge);
  account.emit('payment_intent.payment_failed', intent);
  return errorAnswer(402, 'card_error', message, { ...fields, payment_intent: structuredClone(intent) });
};

const succeed = (account: Account, intent: Intent): Answer => {
  const charge = chargeOf(account, intent, 'succeeded');
  intent.next_action = null;
  account.emit('charge.succeeded', charge);
  if (intent.capture_method === 'manual') {
    Object.assign(intent, { status: 'requires_capture', amount_capturable: intent.amount });
    account.emit('payment_intent.amount_capturable_updated', intent);
    return ok(intent);
  }
  Object.assign(intent, { status: 'succeeded', amount_received: intent.amount });
  account.emit('payment_intent.succeeded', intent);
  return ok(intent);
};

/** `POST /v1/payment_intents/:id/capture` */
export const captureIntent = (account: Account, id: string, form: Form): Answer => {
  const intent = account.intents.get(id);
  if (intent === undefined) return missing('payment_intent', id);
  const charge = account.charges.get(intent.latest_charge ?? '');
  if (intent.status !== 'requires_capture' || charge === undefined) return unexpected(intent, 'capture');
  const amount = Number(textOf(form, 'amount_to_capture') ?? intent.amount_capturable);
  if (amount < 1 || amount > intent.amount_capturable) {
    return invalid('The amount to capture is not within what can be captured.', {
      code: 'amount_too_large',
      param: 'amount_to_capture',
    });
  }
  Object.assign(intent, { status: 'succeeded', amount_received: amount, amount_capturable: 0 });
  Object.assign(charge, { captured: true, amount_captured: amount });
  account.emit('charge.captured', charge);
  account.emit('payment_intent.succeeded', intent);
  return ok(intent);
};

/** `POST /v1/payment_intents/:id/cancel` */
export const cancelIntent = (account: Account, id: string, form: Form): Answer => {
  const intent = account.intents.get(id);
  if (intent === undefined) return missing('payment_intent', id);
  if (intent.status === 'succeeded' || intent.status === 'canceled' || intent.status === 'processing') {
    return unexpected(intent, 'cancel');
  }
  Object.assign(intent, {
    status: 'canceled',
    canceled_at: seconds(),
    cancellation_reason: textOf(form, 'cancellation_reason') ?? null,
    amount_capturable: 0,
    next_action: null,
  });
  account.emit('payment_intent.canceled', intent);
  return ok(intent);
};
