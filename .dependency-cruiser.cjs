// The layers of the project: arrows go down only. Tests may reach anywhere.
//   model < formats, query < host < cli, server, main;  protocol sees types of the model;  renderer sees protocol, query, model/spec and model/base.
const TEST = '\\.test\\.ts$';

/** A folder of src may depend on nothing but these folders of src (and itself). */
function only(folder, allowed) {
  return {
    name: `${folder}-sees-only`,
    severity: 'error',
    comment: `src/${folder} may depend on ${allowed.length === 0 ? 'nothing else' : allowed.join(', ')}`,
    from: { path: `^src/${folder}/`, pathNot: TEST },
    to: { path: '^src/', pathNot: [folder, ...allowed].map((name) => `^src/${name}/`) },
  };
}

/** A folder of src that is plain TypeScript: no Node, and of packages only those named. */
function plain(folder, packages) {
  return {
    name: `${folder}-is-plain`,
    severity: 'error',
    comment: `src/${folder} uses no Node module and of packages ${packages.length === 0 ? 'none' : packages.join(', ')}`,
    from: { path: `^src/${folder}/`, pathNot: TEST },
    to: { dependencyTypesNot: ['local'], pathNot: ['^src/', ...packages.map((name) => `(^|node_modules/)${name}(/|$)`)] },
  };
}

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('model', []),
    only('query', ['model']),
    only('formats', ['model', 'query']),
    only('protocol', ['model/base', 'model/spec']),
    only('host', ['model', 'formats', 'query', 'protocol']),
    only('cli', ['model', 'formats', 'query', 'protocol', 'host', 'server']),
    only('server', ['model/base', 'protocol', 'host']),
    only('main', ['model/base', 'protocol', 'host']),
    only('preload', ['protocol']),
    only('renderer', ['protocol', 'query', 'model/spec', 'model/base']),
    plain('model', []),
    plain('query', []),
    plain('protocol', ['zod']),
    {
      name: 'renderer-runs-in-a-page',
      severity: 'error',
      from: { path: '^src/renderer/', pathNot: TEST },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'electron-in-main-and-preload-only',
      severity: 'error',
      from: { pathNot: '^src/(main|preload)/' },
      to: { path: '(^|node_modules/)electron(/|$)' },
    },
    {
      name: 'features-never-import-each-other',
      severity: 'error',
      from: { path: '^src/renderer/features/([^/]+)/', pathNot: TEST },
      to: { path: '^src/renderer/features/', pathNot: '^src/renderer/features/$1/' },
    },
    {
      name: 'widgets-and-services-below-features',
      severity: 'error',
      from: { path: '^src/renderer/(widgets|services)/', pathNot: TEST },
      to: { path: '^src/renderer/(features|app)/' },
    },
    {
      name: 'no-unlisted-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules|out)/' },
    tsConfig: { fileName: 'tsconfig.node.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.vue', '.mjs', '.js', '.json'],
    },
  },
};
