export * from './currency.ts';
export * from './decimal.ts';
export * from './rounding.ts';
export * from './allocation.ts';
export * from './format.ts';
