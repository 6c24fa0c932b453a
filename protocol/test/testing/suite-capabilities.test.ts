import { expect, it } from 'vitest'
import { MemoryBackend, nfs3BackendSuite } from 'nfs-server-ts/testing'

it('shows as skipped what needs a capability that the backend has not, and nothing else', () => {
  const run: string[] = []
  const skipped: string[] = []
  const runner = {
    describe: (_name: string, body: () => void) => body(),
    it: Object.assign((name: string) => run.push(name), { skip: (name: string) => skipped.push(name) }),
    beforeAll: () => undefined,
    afterAll: () => undefined,
  }
  const open = async () => {
    const backend = new MemoryBackend()
    return { backend, root: backend.root, close: async () => undefined }
  }
  nfs3BackendSuite(runner, { name: 'all', open })
  const all = run.splice(0)
  expect(skipped).toEqual([])
  nfs3BackendSuite(runner, { name: 'fewer', open, capabilities: { deviceNodes: false } })
  expect(skipped).toEqual(['makes device nodes and tells their numbers (needs deviceNodes)'])
  expect(run.length).toBe(all.length - 1)
})
