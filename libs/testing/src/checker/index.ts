export {
  check,
  checkInvariants,
  underWay,
  untilQuiet,
  violationText,
  type CheckInput,
  type Counts,
  type Report,
} from './check.ts';
export { HistoryEntry } from './history.ts';
export type { Violation } from './rule.ts';
