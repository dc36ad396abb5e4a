import type { FieldProblem, PromotionKind, PromotionRule, Texts } from '@kervan/contracts';

/** What a promotion of each kind may say; `unsaid` is the value of one that says none. */
const KINDS: Readonly<
  Record<
    PromotionKind,
    {
      readonly scopes: readonly PromotionRule['scope'][];
      readonly value: { readonly from: number; readonly to: number; readonly unsaid: number; readonly text: Texts };
    }
  >
> = {
  percentage: {
    scopes: ['order', 'items'],
    value: {
      from: 1,
      to: 10_000,
      unsaid: 0,
      text: { tr: 'Yüzde, 1 ile 10000 baz puan arasındadır', en: 'A percentage is 1 to 10000 basis points' },
    },
  },
  fixed: {
    scopes: ['order', 'items'],
    value: {
      from: 1,
      to: 1_000_000_000_000,
      unsaid: 0,
      text: { tr: 'Sabit indirim en az 1 alt birimdir', en: 'A fixed discount is at least 1 minor unit' },
    },
  },
  buyXGetY: {
    scopes: ['items'],
    value: {
      from: 1,
      to: 10_000,
      unsaid: 10_000,
      text: {
        tr: 'İndirimli adetler 1 ile 10000 baz puan daha ucuzdur',
        en: 'The reduced pieces are 1 to 10000 basis points cheaper',
      },
    },
  },
  freeShipping: {
    scopes: ['order'],
    value: {
      from: 0,
      to: 0,
      unsaid: 0,
      text: { tr: 'Ücretsiz kargonun değeri yoktur', en: 'Free shipping has no value' },
    },
  },
};
/** Free shipping said as a percentage. */
const ALL_OF_IT = 10_000;

/** What a promotion of this kind takes off when nothing is said: 0 where something has to be said. */
export const valueUnsaid = (kind: PromotionKind): number => KINDS[kind].value.unsaid;

/** A value as it is kept: that of free shipping, which may come as 100 %, is none. */
export const valueKept = (kind: PromotionKind, value: number): number =>
  kind === 'freeShipping' && value === ALL_OF_IT ? 0 : value;

/** What a promotion of this kind is about when nothing is said. */
export const scopeUnsaid = (kind: PromotionKind): PromotionRule['scope'] => KINDS[kind].scopes[0] ?? 'order';

const checkPieces = ({ kind, buyQuantity, getQuantity }: PromotionRule): FieldProblem[] =>
  Object.entries({ buyQuantity, getQuantity }).flatMap(([path, pieces]) => {
    if (kind === 'buyXGetY') {
      const message = {
        tr: 'Kaç adet alınır ve bunların kaçı indirimli olur?',
        en: 'How many pieces are bought, and how many of them are reduced?',
      };
      return pieces === null ? [{ path, code: 'required', message }] : [];
    }
    return pieces === null
      ? []
      : [
          {
            path,
            code: 'not_of_this_kind',
            message: { tr: 'Adet yalnızca buyXGetY türünde sayılır', en: 'Only buyXGetY counts pieces' },
          },
        ];
  });

/**
 * What a promotion must not be saved with: a value, a scope, quantities or a limit that its kind does not have, an end
 * before the start.
 */
export const checkPromotion = (promotion: PromotionRule): FieldProblem[] => {
  const { kind, value, scope, maxDiscount, startsAt, endsAt } = promotion;
  const { scopes, value: allowed } = KINDS[kind];
  const problems: FieldProblem[] = [];
  if (value < allowed.from || value > allowed.to) {
    problems.push({ path: 'value', code: 'value_out_of_range', message: allowed.text });
  }
  if (!scopes.includes(scope)) {
    const message = {
      tr: `${kind} türünün kapsamı ${scopes.join(' ya da ')} olabilir`,
      en: `The scope of ${kind} is ${scopes.join(' or ')}`,
    };
    problems.push({ path: 'scope', code: 'not_of_this_kind', message });
  }
  if (maxDiscount !== null && kind !== 'percentage') {
    problems.push({
      path: 'maxDiscount',
      code: 'not_of_this_kind',
      message: { tr: 'Üst sınır yalnızca yüzde indiriminde olur', en: 'Only a percentage has a most' },
    });
  }
  if (startsAt !== null && endsAt !== null && Date.parse(endsAt) <= Date.parse(startsAt)) {
    problems.push({
      path: 'endsAt',
      code: 'ends_before_start',
      message: { tr: 'Bir kampanya başladıktan sonra biter', en: 'A promotion ends after it starts' },
    });
  }
  return [...problems, ...checkPieces(promotion)];
};
