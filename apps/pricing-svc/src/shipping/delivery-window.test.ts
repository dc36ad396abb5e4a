import { expect, test } from '@jest/globals';
import { deliveryWindowOf } from './delivery-window.ts';

test.each([
  ['standard', 1, 3, '1-3 iş günü içinde teslim', 'Delivered in 1-3 business days'],
  ['express', 1, 1, '1 iş günü içinde teslim', 'Delivered in 1 business day'],
  ['express', 2, 2, '2 iş günü içinde teslim', 'Delivered in 2 business days'],
  ['express', 0, 1, '0-1 iş günü içinde teslim', 'Delivered in 0-1 business days'],
  ['express', 0, 0, 'Aynı gün teslim', 'Delivered the same day'],
  ['pickup', 1, 2, '1-2 iş günü içinde mağazadan teslim alınabilir', 'Ready for pickup in 1-2 business days'],
  ['pickup', 0, 0, 'Aynı gün mağazadan teslim alınabilir', 'Ready for pickup the same day'],
] as const)('%s in %i to %i days: %s', (kind, minDays, maxDays, tr, en) => {
  expect(deliveryWindowOf({ kind, minDays, maxDays })).toEqual({ tr, en });
});
