import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Tests read the library's TypeScript directly, so that a change in it needs no build.
const alias = {
  'nfs-server-ts/testing': fileURLToPath(new URL('protocol/src/testing/index.ts', import.meta.url)),
  'nfs-server-ts': fileURLToPath(new URL('protocol/src/index.ts', import.meta.url)),
}

/**
 * What `BERTH_TESTS=cut` leaves out of `npm test`, so that it takes ten minutes: sweeps that end a process at each of its
 * steps, filesystems and drivers once more, what waits by its nature, many processes in turn, and servers that take long to
 * start.
 */
const beyondCut = [
  'backup-crash',
  'backup-filesystems',
  'backup-repositories',
  'backups-cli',
  'cli-completion',
  'cli-offline',
  'copy-resumption',
  'docker-daemon',
  'first-start-crash',
  'import-crash',
  'lanes-snapshots',
  'move-crash',
  'move-store',
  'namespace-crash',
  'repository-servers',
  'slow-store',
  'snapshot-crash',
  'snapshot-drivers',
  'snapshot-drivers-ceph',
  'snapshot-journal',
  'snapshots-cephfs',
  'snapshots-cli',
].map((name) => `test/integration/${name}.test.ts`)

// For what hangs, never for what is slow: tests share a machine with others.
const expectation = { poll: { timeout: 30_000, interval: 20 } }

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'protocol/test/**/*.test.ts'],
          testTimeout: 60_000,
          expect: expectation,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: process.env.BERTH_TESTS === 'cut' ? beyondCut : [],
          globalSetup: ['test/integration/build.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          expect: expectation,
          // They mostly wait for processes that they start. Each has directories, ports and processes of its own.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    coverage: { include: ['src/**', 'protocol/src/**'] },
  },
})
