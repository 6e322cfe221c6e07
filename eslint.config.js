import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const TESTS = ['**/*.test.ts', '**/*.contract.ts', 'test/**/*.ts'];

/** Modules that only one place imports, so that a change of theirs is met in one place. Types may be used anywhere. */
const adapters = {
  kubernetes: {
    group: ['@kubernetes/client-node'],
    allowTypeImports: true,
    message: 'Only controllers/kube speaks to an API server; importing it costs 2 s and 125 MB.',
  },
  docker: {
    group: ['dockerode'],
    allowTypeImports: true,
    message: 'Only controllers/backends/docker speaks to a container engine.',
  },
  metrics: { group: ['prom-client'], message: 'Only controllers/runtime/metrics.ts: it has the one registry.' },
  timers: { group: ['node:timers', 'node:timers/promises', 'timers/*'], message: 'Take a Clock: time is injected.' },
};

/** Our own folders, which point one way: cli, console -> api/wire; api -> crds <- controllers. */
const folders = (names, message) => ({ regex: `^\\.\\.?/(.*/)?(${names.join('|')})/`, message });
const NO_TOOLS = folders(
  ['cli', 'console', 'hack', 'test'],
  'What is shipped does not depend on what builds, tests or calls it.',
);
const NO_API = folders(['api'], 'The controllers and the bridge meet only in the Kubernetes API.');
const NO_CONTROLLERS = folders(['controllers'], 'The bridge and the controllers meet only in the Kubernetes API.');
const NO_KINDS = folders(
  ['controllers/(?!runtime/|kube/)[^/]+'],
  'The bridge and the controllers meet only in the Kubernetes API; it shares their runtime and their client.',
);
const ONLY_WIRE = {
  regex: '^\\.\\./|^(?!\\.|zod$)',
  message: 'The wire contract runs in a browser and in the command line as well, and brings nothing but zod.',
};
const CLIENT = folders(
  ['controllers', 'hack', 'test', 'api/(?!wire/)[^/]+'],
  'A client knows only the wire contract and the catalogue of errors.',
);

/** A later entry replaces an earlier one for the files of both: the rule's options do not add up. */
const imports = (files, ...patterns) => ({
  files,
  ignores: TESTS,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
});

const { kubernetes, docker, metrics, timers } = adapters;

/** Time and the process belong to few: the rest takes a Clock, an AbortSignal and a configuration. */
const processProperties = [
  { object: 'process', property: 'env', message: 'Only a config file or an entry point reads the environment.' },
  { object: 'process', property: 'exit', message: 'Only an entry point ends the process.' },
];
const timeProperties = [
  { object: 'Date', property: 'now', message: 'Take a Clock: time is injected.' },
  { object: 'performance', property: 'now', message: 'Take a Clock: time is injected.' },
  { object: 'AbortSignal', property: 'timeout', message: 'Take a Clock: time is injected.' },
];
const timeGlobals = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'Take a Clock: time is injected.',
}));
const dateSyntax = {
  selector: "NewExpression[callee.name='Date'][arguments.length=0]",
  message: 'Take a Clock: time is injected.',
};

export default defineConfig(
  { ignores: ['build/', 'node_modules/'] },
  eslint.configs.recommended,
  { files: ['**/*.js'], languageOptions: { globals: { process: 'readonly' } } },

  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Narrowing outlives an await and a callback, so it takes `signal.aborted` after one for a constant.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Promise.withResolvers<void>() is how it is written.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // The streams that libraries declare by interface are Node's classes.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      // An async method without await still turns what it throws into a rejection, which its interface promises.
      '@typescript-eslint/require-await': 'off',
      complexity: ['error', 12],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
    },
  },

  {
    files: ['{api,controllers,crds}/**/*.ts'],
    ignores: TESTS,
    rules: {
      'no-restricted-globals': ['error', ...timeGlobals],
      'no-restricted-properties': ['error', ...timeProperties, ...processProperties],
      'no-restricted-syntax': ['error', dateSyntax],
    },
  },
  {
    files: ['{api,controllers}/main.ts', '{api,controllers}/config.ts'],
    rules: { 'no-restricted-properties': ['error', ...timeProperties] },
  },
  {
    // A client is its own process: it may look at the clock, but reads its environment and ends in one place.
    files: ['cli/**/*.ts'],
    ignores: [...TESTS, 'cli/main.ts', 'cli/config.ts'],
    rules: { 'no-restricted-properties': ['error', ...processProperties] },
  },
  {
    files: ['controllers/runtime/clock.ts', 'controllers/runtime/log.ts'],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off' },
  },

  imports(['crds/**/*.ts'], kubernetes, docker, metrics, timers, NO_TOOLS, NO_API, NO_CONTROLLERS),
  imports(['api/**/*.ts'], kubernetes, docker, metrics, timers, NO_TOOLS, NO_KINDS),
  imports(['api/wire/**/*.ts'], ONLY_WIRE),
  imports(['{cli,console}/**/*.ts'], kubernetes, docker, metrics, CLIENT),
  imports(['controllers/**/*.ts'], kubernetes, docker, metrics, timers, NO_TOOLS, NO_API),
  imports(['controllers/kube/**/*.ts'], docker, metrics, timers, NO_TOOLS, NO_API),
  imports(['controllers/backends/docker/**/*.ts'], kubernetes, metrics, timers, NO_TOOLS, NO_API),
  imports(['controllers/runtime/**/*.ts'], kubernetes, docker, metrics, timers, {
    regex: '^\\.\\./',
    message: 'The runtime knows nothing of qbo, nor of any adapter.',
  }),
  imports(['controllers/runtime/metrics.ts'], kubernetes, docker, timers, {
    regex: '^\\.\\./',
    message: 'The runtime knows nothing of qbo, nor of any adapter.',
  }),

  {
    // What a matcher or a parsed document gives is `any` by design, and a test knows what it put there.
    files: TESTS,
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      complexity: 'off',
      'max-lines': ['error', { max: 800, skipBlankLines: true, skipComments: true }],
    },
  },
);
