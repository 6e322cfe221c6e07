import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Type-aware rules everywhere: a promise that nobody waits for is the bug that an operator cannot afford. */
export default tseslint.config(
  { ignores: ['build/', 'node_modules/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      complexity: ['error', 12],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
    },
  },
  {
    files: ['controllers/**/*.ts', 'api/**/*.ts', 'crds/**/*.ts'],
    ignores: ['**/*.test.ts', 'controllers/runtime/clock.ts'],
    rules: {
      'no-restricted-globals': ['error', { name: 'setTimeout', message: 'Take a Clock: time is injected.' }],
    },
  },
  {
    // expect() takes what a matcher returns, which is `any` by design.
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
