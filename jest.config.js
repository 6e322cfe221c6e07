const project = (displayName, testMatch, more = {}) => ({
  displayName,
  testMatch: testMatch.map((pattern) => `<rootDir>/${pattern}`),
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/jest/strip-types.js' },
  modulePathIgnorePatterns: ['<rootDir>/build/'],
  ...more,
});

/**
 * Unit tests stand beside their source. The simulation (sim) lives through thousands of histories in memory; the others
 * need a real API server (integration) or a real engine (e2e).
 */
export default {
  projects: [
    // No test is about time; on a busy machine whole lives of clusters in memory take more than the usual 5 s.
    project('unit', ['{api,controllers,crds,hack}/**/*.test.ts'], { testTimeout: 30_000 }),
    project('sim', ['test/sim/**/*.test.ts'], { testTimeout: 120_000 }),
    project('integration', ['test/integration/**/*.test.ts']),
    project('e2e', ['test/e2e/**/*.test.ts']),
  ],
  workerIdleMemoryLimit: '1GB',
};
