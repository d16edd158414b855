// The lint rules for the page's JavaScript and its tests.
import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import globals from 'globals';

const PAGE = 'operator/src/console/page/*.js';
const ONLY_ELEMENT = 'element.js alone writes into the page: use element, put, show, renew, keep or setText';

export default defineConfig(
  eslint.configs.recommended,
  {
    files: [PAGE, 'tests/console/*.js'],
    languageOptions: { sourceType: 'module' },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'array-callback-return': 'error',
      'consistent-return': 'error',
      curly: ['error', 'multi-line'],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-constructor-return': 'error',
      'no-else-return': 'error',
      'no-implicit-coercion': 'error',
      'no-implied-eval': 'error',
      'no-nested-ternary': 'error',
      'no-param-reassign': 'error',
      'no-promise-executor-return': 'off',
      'no-self-compare': 'error',
      'no-shadow': 'error',
      'no-throw-literal': 'error',
      'no-unused-expressions': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'prefer-template': 'error',
      'require-atomic-updates': 'off',
    },
  },
  {
    files: [PAGE],
    languageOptions: { globals: globals.browser },
  },
  {
    // One function decides how a child that is no text is written.
    files: [PAGE],
    ignores: ['operator/src/console/page/element.js'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'CallExpression > MemberExpression.callee[property.name=/^(append|prepend|appendChild|before|after|insertBefore|insertAdjacentElement|insertAdjacentText|insertAdjacentHTML|replaceChildren|replaceWith|createTextNode|setHTML|setHTMLUnsafe|write|writeln)$/]',
          message: ONLY_ELEMENT,
        },
        {
          selector:
            'AssignmentExpression > MemberExpression.left[property.name=/^(textContent|innerText|outerText|innerHTML|outerHTML|nodeValue)$/]',
          message: ONLY_ELEMENT,
        },
      ],
    },
  },
  {
    // Parts of these files run in the page.
    files: ['tests/console/*.js'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
);
