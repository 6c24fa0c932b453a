import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Tests read the library's TypeScript directly, so that a change in it needs no build.
const alias = {
  'nfs-server-ts/testing': fileURLToPath(new URL('protocol/src/testing/index.ts', import.meta.url)),
  'nfs-server-ts': fileURLToPath(new URL('protocol/src/index.ts', import.meta.url)),
}

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        resolve: { alias },
        test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'protocol/test/**/*.test.ts'] },
      },
      {
        resolve: { alias },
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/build.ts'],
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
    coverage: { include: ['src/**', 'protocol/src/**'] },
  },
})
