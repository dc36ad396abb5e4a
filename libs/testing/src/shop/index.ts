export * from './balance.ts';
export * from './http.ts';
export * from './shop.ts';
export * from './side-by-side.ts';
export * from './stripe.ts';
