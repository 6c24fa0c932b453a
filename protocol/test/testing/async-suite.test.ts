import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Nfs3Backend, Nfs3Caller, ReadTarget } from 'nfs-server-ts'
import { MemoryBackend, nfs3BackendSuite } from 'nfs-server-ts/testing'

/** Copies what is a view of the record, as a backend that answers later must. */
function copied(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return Buffer.from(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copied(each)]))
}

/** The same backend, answering every call with a promise. */
function deferred(backend: MemoryBackend): Nfs3Backend {
  return new Proxy<Nfs3Backend>(backend, {
    get(target, name: keyof Nfs3Backend) {
      const method = target[name] as (caller: Nfs3Caller, ...args: unknown[]) => unknown
      return async ({ client, credentials }: Nfs3Caller, ...args: unknown[]) => {
        const kept = args.map(copied)
        await Promise.resolve()
        if (name !== 'read') return method.call(target, { client, credentials }, ...kept)
        const data: ReadTarget = {
          buffer: Buffer.alloc(kept[2] as number),
          offset: 0,
          takesFile: false,
        }
        const result = method.call(target, { client, credentials }, ...kept.slice(0, 3), data)
        return {
          ...(result as object),
          data: data.buffer.subarray(0, (result as { count?: number }).count ?? 0),
        }
      }
    },
  })
}

nfs3BackendSuite(
  { describe, it, beforeAll, afterAll },
  {
    name: 'a backend of promises',
    async open() {
      const backend = new MemoryBackend()
      return { backend: deferred(backend), root: backend.root, close: async () => undefined }
    },
  },
)
