import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^paysession$': '<rootDir>/src/index.ts',
    '^paysession/http$': '<rootDir>/src/interfaces/http/http.ts',
    '^paysession/http/express$': '<rootDir>/src/interfaces/http/express.ts',
    '^paysession/browser$': '<rootDir>/src/interfaces/browser/mount-checkout.ts',
    '^paysession/postgres$': '<rootDir>/src/infrastructure/postgres/postgres.ts',
    '^paysession/simulator$': '<rootDir>/src/simulator/simulator.ts',
    '^paysession/smtp$': '<rootDir>/src/infrastructure/smtp/smtp-confirmations.ts',
    '^paysession/testing$': '<rootDir>/src/testing/testing.ts',
  },
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: 'tsconfig.test.json' }] },
  testTimeout: 30_000,
};

export default config;
