import { describe, expect, it } from '@jest/globals';
import { TrackedOrder } from '@kervan/contracts';
import fc from 'fast-check';
import { after, DRAFTED_AT, sampleDraft } from '../../test/sample.ts';
import { cancelDraft } from '../order/end.ts';
import type { OrderDocument } from '../order/order.store.ts';
import { trackedOrder } from './tracking.ts';

const stored = (change: Partial<OrderDocument> = {}): OrderDocument => ({
  ...sampleDraft(),
  tenant: 'demo',
  version: 1,
  updatedAt: DRAFTED_AT,
  ...change,
});

describe('what anyone with the number sees of an order', () => {
  it('is where it stands, what is in it and what it costs', () => {
    const tracked = trackedOrder(stored());
    expect(TrackedOrder.parse(tracked)).toEqual(tracked);
    expect(tracked).toMatchObject({
      orderNo: '7K3M-9QX2-TB4F',
      status: 'draft',
      fulfilment: 'none',
      paymentStatus: 'pending',
      items: [{ title: 'Ocean Blue Shirt', quantity: 2, total: 129_990 }],
      totals: { total: 129_990 },
    });
  });

  it('is nothing personal, whatever the buyer is called and wherever they live', () => {
    // Longer than any word of ours, so that what is found can only be the buyer's.
    const personal = fc.stringMatching(/^[a-zçğıöşü]{12,20}$/);
    fc.assert(
      fc.property(fc.array(personal, { minLength: 9, maxLength: 9 }), (words) => {
        const [firstName = '', lastName = '', line1 = '', line2 = '', district = '', company = '', note = ''] = words;
        const [, , , , , , , phone = '', name = ''] = words;
        const address = {
          firstName,
          lastName,
          line1,
          line2,
          district,
          company,
          phone,
          city: 'İstanbul',
          country: 'TR',
        };
        const order = stored({
          email: `${name}@example.com`,
          phone,
          note,
          shippingAddress: address,
          billingAddress: { ...address, taxNumber: '12345678901' },
        });
        const ended = cancelDraft(order, { kind: 'staff', id: `staff_${name}` }, `because of ${note}`, after(5));
        const text = JSON.stringify(trackedOrder({ ...order, ...ended?.order }));
        for (const word of [...words, 'example.com', '12345678901', 'ord_1', 'cart_1', 'pi_1', 'pay_1'])
          expect(text).not.toContain(word);
        expect(text).toContain(`"name":"${firstName[0] ?? ''}*** ${lastName[0] ?? ''}***"`);
      }),
    );
  });

  it('masks names by letters as people see them', () => {
    const of = (firstName: string, lastName: string) =>
      trackedOrder(stored({ shippingAddress: { firstName, lastName, line1: 'x', city: 'İzmir', country: 'TR' } }))
        .shipTo;
    expect(of('Şule', 'Öz')).toEqual({ name: 'Ş*** Ö***', city: 'İzmir', country: 'TR' });
    expect(of('𝒜da', 'L')).toMatchObject({ name: '𝒜*** L***' });
  });

  it('is the public part of its history only', () => {
    const entry = { at: DRAFTED_AT.toISOString(), actor: { kind: 'provider' as const } };
    const timeline = [
      { ...entry, type: 'order.created', to: 'draft', public: true },
      { ...entry, type: 'payment.failed', data: { code: 'DECLINED' }, public: false },
      { ...entry, type: 'order.confirmed', from: 'draft', to: 'confirmed', data: { paymentId: 'pay_1' }, public: true },
    ];
    expect(trackedOrder(stored({ timeline })).timeline).toEqual([
      { at: entry.at, type: 'order.created', to: 'draft' },
      { at: entry.at, type: 'order.confirmed', from: 'draft', to: 'confirmed' },
    ]);
  });
});
