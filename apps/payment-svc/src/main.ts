import { runService } from '@kervan/service';
import { PaymentEnvironment } from './config.ts';
import { COLLECTIONS, startPayments } from './service.ts';

await runService({
  name: 'payment-svc',
  environment: PaymentEnvironment,
  collections: COLLECTIONS,
  ownHttp: true,
  start: startPayments,
});
