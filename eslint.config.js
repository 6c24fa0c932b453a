import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

export default defineConfig(
  globalIgnores(['**/dist/', 'build/', 'coverage/', 'conformance/results/', '**/node_modules/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['protocol/tsconfig.json', 'tsconfig.json', 'tsconfig.check.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExportDefaultDeclaration',
          message: 'Named exports only: a name is the same everywhere.',
        },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Numbers and byte counts in messages are meant to be there.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // `() => list.push(x)` says what it does.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // An index or a map entry that the lines before have just made sure of: a check again would be dead code, and on
      // the hot path a slow one.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `void | Failure` is what a procedure that writes its own result returns.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // Nothing to do is a good answer of a default observer.
      '@typescript-eslint/no-empty-function': 'off',
      // Interfaces here have methods, and their implementers are often plain objects, which may be taken apart. The
      // state of a class is in #private fields: a method without its object fails at once and loudly.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/class-literal-property-style': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // What a catch has caught may be handed on as it came.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      // A MaybePromise contract, or a backend of an interface, may need the promise without an await.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['test/**', 'protocol/test/**'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  {
    files: ['*.config.*'],
    rules: { 'no-restricted-syntax': 'off' },
  },
)
