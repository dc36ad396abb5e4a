import { z } from 'zod';

/** A text for people in the languages that ship complete. */
export const Texts = z.object({ tr: z.string(), en: z.string() });
export type Texts = Readonly<z.infer<typeof Texts>>;
