/** What a patch says of a field, else what was there before; a null that is given takes the value away. */
export const given = <Value>(patched: Value | undefined, before: Value): Value =>
  patched === undefined ? before : patched;
