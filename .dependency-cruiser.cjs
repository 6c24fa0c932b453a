/**
 * The layers of Berth, from the bottom up: a folder imports from its own level down, never from above. ARCHITECTURE.md
 * has the picture. A new folder is added here in the change that makes it.
 */
const layers = [
  ['config', 'native', 'client'],
  ['state', 'telemetry', 'catalog', 'shared-memory'],
  ['service'],
  ['namespace', 'applications', 'audit', 'usage', 'filesystem'],
  ['access', 'snapshots'],
  ['backups', 'transfers'],
  ['lanes', 'admin'],
  ['gateway'],
  ['cli'],
]

const nothingUpwards = layers.slice(0, -1).map((folders, level) => ({
  name: `nothing-upwards-from-${folders.join('-and-')}`,
  severity: 'error',
  from: { path: `^src/(${folders.join('|')})/` },
  to: {
    path: `^src/((${layers
      .slice(level + 1)
      .flat()
      .join('|')})/|main\\.ts$)`,
  },
}))

module.exports = {
  forbidden: [
    ...nothingUpwards,
    {
      name: 'every-folder-has-a-layer',
      comment: 'Add the folder to `layers` in .dependency-cruiser.cjs.',
      severity: 'error',
      from: { path: '^src/', pathNot: [`^src/(${layers.flat().join('|')})/`, '^src/main\\.ts$'] },
      to: {},
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'protocol-knows-no-berth',
      severity: 'error',
      from: { path: '^protocol/src/' },
      to: { path: '^src/' },
    },
    {
      name: 'protocol-needs-only-node',
      comment:
        'The library has no dependencies, and of Node only what a server of RFCs needs: no files, no processes.',
      severity: 'error',
      from: { path: '^protocol/src/' },
      to: {
        pathNot: ['^protocol/src/', '^(node:)?(net|tls|dgram|crypto|assert|assert/strict|buffer|events)$'],
      },
    },
    {
      name: 'library-by-its-front-door',
      comment: 'Berth uses nfs-server-ts as a stranger would: through its exports.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: '^protocol/(src|dist)/',
        pathNot: '^protocol/(src|dist)/(testing/)?index\\.(ts|js|d\\.ts)$',
      },
    },
    {
      name: 'one-importer-of-the-addon',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/native/' },
      to: { path: '\\.node$' },
    },
    {
      name: 'no-test-code-in-the-server',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: ['^protocol/(src|dist)/testing/', '^test/'] },
    },
    {
      name: 'only-declared-packages',
      severity: 'error',
      from: { path: '^(src|protocol/src)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    { name: 'nothing-missing', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^protocol/dist', '^dist'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
    },
  },
}
