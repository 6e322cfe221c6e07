const project = (displayName, testMatch) => ({
  displayName,
  testMatch: testMatch.map((pattern) => `<rootDir>/${pattern}`),
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/jest/strip-types.js' },
  modulePathIgnorePatterns: ['<rootDir>/build/'],
});

/**
 * Unit tests stand beside their source. The simulation (sim) lives through thousands of histories in memory; the others
 * need a real API server (integration) or a real engine (e2e).
 */
export default {
  projects: [
    project('unit', ['{api,cli,console,controllers,crds,hack}/**/*.test.ts']),
    project('sim', ['test/sim/**/*.test.ts']),
    project('integration', ['test/integration/**/*.test.ts']),
    project('e2e', ['test/e2e/**/*.test.ts']),
  ],
  // No test is about time; on a busy machine whole lives of clusters in memory take more than the usual 5 s. Here, because
  // jest does not heed what a project says of it.
  testTimeout: 60_000,
  workerIdleMemoryLimit: '1GB',
};
