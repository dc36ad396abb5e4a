export { POINTS, type Point } from './points.ts';
export { reach, turnOn } from './reach.ts';
export { arm, disarm, firedAt, type Arming } from './arm.ts';
