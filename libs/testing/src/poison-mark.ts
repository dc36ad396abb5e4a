/** What the last token of the subject of every event begins with that `poison` publishes. */
export const POISON = 'poison-';
