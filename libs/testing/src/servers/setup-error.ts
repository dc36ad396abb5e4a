/** What a person can put right (a missing program, a port in use): the message is the one line that says what to do. */
export const setupError = (line: string): Error => Object.assign(new Error(line), { name: 'SetupError' });

/** Whether an error is one line for people rather than a bug with a stack. */
export const isSetupError = (error: unknown): error is Error => error instanceof Error && error.name === 'SetupError';
