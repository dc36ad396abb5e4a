export type { Charge, Dispute, Event, Intent, Refund } from './account.ts';
export type { Delivery, DeliveryControl, Endpoint } from './deliveries.ts';
export { eventBody, signatureOf } from './deliveries.ts';
export type { Answer } from './error.ts';
export { API_VERSION } from './fake.ts';
export type { Fault } from './faults.ts';
export { startStripeFake, type StripeFake } from './server.ts';
