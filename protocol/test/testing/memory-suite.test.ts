import { afterAll, beforeAll, describe, it } from 'vitest'
import { MemoryBackend, nfs3BackendSuite } from 'nfs-server-ts/testing'

nfs3BackendSuite(
  { describe, it, beforeAll, afterAll },
  {
    name: 'MemoryBackend',
    async open() {
      const backend = new MemoryBackend()
      return { backend, root: backend.root, close: async () => undefined }
    },
  },
)
