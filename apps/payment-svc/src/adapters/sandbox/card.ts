import { z } from 'zod';

/** What a test card does when it is tried. */
export type CardBehaviour =
  | { readonly does: 'succeed' | 'ask' | 'succeed_slowly' | 'succeed_silently' }
  | { readonly does: 'decline'; readonly declineCode: string };

/** The test cards. Any other number is refused: no real card can be charged here. */
export const TEST_CARDS: Readonly<Record<string, CardBehaviour>> = {
  '4242424242424242': { does: 'succeed' },
  '4000000000000002': { does: 'decline', declineCode: 'generic_decline' },
  '4000000000009995': { does: 'decline', declineCode: 'insufficient_funds' },
  // Asks the buyer for a step first, as 3-D Secure does.
  '4000000000003220': { does: 'ask' },
  '4000000000000077': { does: 'succeed_slowly' },
  // The webhook of its success never comes: somebody has to ask.
  '4000000000000259': { does: 'succeed_silently' },
};

/** The check digit every card number ends with (ISO/IEC 7812-1, annex B). */
export const hasCheckDigit = (digits: string): boolean => {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
};

/** A card as the buyer types it. Years have four digits. */
export const Card = z.strictObject({
  number: z
    .string()
    .regex(/^\d{12,19}$/, 'must be 12 to 19 digits')
    .refine(hasCheckDigit, 'is not a card number'),
  expMonth: z.number().int().min(1).max(12),
  expYear: z.number().int().min(2000).max(2100),
  cvc: z.string().regex(/^\d{3,4}$/, 'must be 3 or 4 digits'),
});
export type Card = z.infer<typeof Card>;

/** What happens when this card is tried now. A card is good until the end of its month. */
export const behaviourOf = ({ number, expMonth, expYear }: Card, now: Date): CardBehaviour => {
  const isOver = expYear * 12 + expMonth < now.getUTCFullYear() * 12 + now.getUTCMonth() + 1;
  if (isOver) return { does: 'decline', declineCode: 'expired_card' };
  return Object.hasOwn(TEST_CARDS, number) && TEST_CARDS[number] !== undefined
    ? TEST_CARDS[number]
    : { does: 'decline', declineCode: 'test_cards_only' };
};
