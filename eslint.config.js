import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';

// What the types say is checked by `npm run types`, layers by `npm run layers`. Here: the habits that neither sees.
const habits = {
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
  // `table[i]!` after a check of the bounds is what noUncheckedIndexedAccess asks for.
  '@typescript-eslint/no-non-null-assertion': 'off',
  '@typescript-eslint/ban-ts-comment': 'error',
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-var': 'error',
  'prefer-const': 'error',
  'no-console': 'off',
  'max-lines': ['error', 500],
};

// The model is a function of what it is given: a run repeated is the same run, to the digest.
const pure = {
  'no-restricted-globals': [
    'error',
    'Date',
    'performance',
    'setTimeout',
    'setInterval',
    'queueMicrotask',
    'crypto',
    'fetch',
    'console',
    'process',
  ],
  'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'a run must repeat exactly' }],
  'no-restricted-syntax': [
    'error',
    { selector: ':function[async=true]', message: 'the model is synchronous' },
    { selector: 'AwaitExpression', message: 'the model is synchronous' },
    { selector: 'NewExpression[callee.name="Promise"]', message: 'the model is synchronous' },
  ],
};

// A step back puts into every object of the machine what it held (model/history). A # field cannot be seen from outside.
const remembered = {
  'no-restricted-syntax': [
    ...pure['no-restricted-syntax'],
    { selector: 'PropertyDefinition > PrivateIdentifier', message: 'state of a machine is `private`, so that going back sees it (src/model/README.md)' },
  ],
};

// Nothing calls home. The server is a loopback server, QEMU's protocols are sockets of this machine, and the page has its one socket to the server it came from.
const offline = {
  'no-restricted-globals': ['error', ...['fetch', 'WebSocket', 'XMLHttpRequest', 'EventSource', 'WebTransport', 'RTCPeerConnection'].map((name) => ({ name, message: 'nothing of the lab uses the network' }))],
  'no-restricted-imports': ['error', { paths: ['http', 'https', 'http2', 'net', 'tls', 'dgram', 'dns', 'undici', 'ws'].flatMap((name) => [name, `node:${name}`]).map((name) => ({ name, message: 'nothing of the lab uses the network' })) }],
};

export default tseslint.config(
  { ignores: ['out/', 'dist/', 'node_modules/', '.cache/', 'resources/', 'test/fixtures/'] },
  ...tseslint.configs.recommended,
  ...vue.configs['flat/recommended'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: tseslint.parser } } },
  { files: ['**/*.{ts,vue,mjs,js}'], rules: habits },
  { files: ['**/*.test.ts'], rules: { 'vue/one-component-per-file': 'off' } },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' }, languageOptions: { globals: { module: 'readonly' } } },
  {
    files: ['**/*.vue'],
    rules: {
      // The formatter's business.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-v-html': 'error',
    },
  },
  { files: ['src/**/*.{ts,vue}'], ignores: ['**/*.test.ts', 'src/server/**', 'src/host/qtest/**', 'src/host/qemu/**', 'src/renderer/services/lab-port.ts', 'src/model/**'], rules: offline },
  { files: ['src/model/**/*.ts'], ignores: ['**/*.test.ts'], rules: pure },
  { files: ['src/model/{smmu,stack,endpoint}/**/*.ts'], ignores: ['**/*.test.ts', 'src/model/smmu/coherence/source.ts'], rules: remembered },
  // Tables of the architecture are as long as the architecture.
  { files: ['src/model/spec/**/*.ts'], rules: { 'max-lines': 'off' } },
);
