// One configuration for every project: TypeScript is stripped by swc, modules stay ES modules.
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/.cache/', '/.data'],
  modulePathIgnorePatterns: ['/.cache/', '/.nx/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  // What servers tests need comes first: those of the bus start one without asking where it comes from.
  globalSetup: '<rootDir>/jest.setup.mjs',
  testTimeout: 60_000,
  maxWorkers: 2,
};
