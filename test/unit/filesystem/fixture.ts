import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LinuxBackend, type FilesystemOptions, type ShareDefinition } from '../../../src/filesystem/index.ts'

/** A backend over fresh directories: below TMPDIR, so that the same tests run on any filesystem. */
export interface LinuxFixture {
  readonly backend: LinuxBackend
  /** Handle of the first share's root. */
  readonly root: Buffer
  /** Where share `id` lies. */
  directory(id?: number): string
  /** Ends the backend and starts another over the same files, as a restart does. */
  restart(changes?: Partial<FilesystemOptions>): Promise<LinuxBackend>
  close(): Promise<void>
}

const handleKey = Buffer.alloc(16, 'k')

/** `shares` are definitions that differ from the usual one; the first has number 1, the next 2. */
export function openLinuxFixture(
  shares: readonly Partial<ShareDefinition>[] = [{}],
  options: Partial<FilesystemOptions> = {},
): LinuxFixture {
  const top = mkdtempSync(join(tmpdir(), 'berth-backend-'))
  chmodSync(top, 0o755)
  const directory = (id = 1): string => join(top, `share-${id}`)
  const definitions = shares.map((changes, index): ShareDefinition => {
    const id = index + 1
    mkdirSync(directory(id))
    chmodSync(directory(id), 0o755)
    return {
      id,
      path: `/share-${id}`,
      directory: directory(id),
      readOnly: false,
      squash: 'none',
      anonymousUid: 65534,
      anonymousGid: 65534,
      durability: 'relaxed',
      ...changes,
    }
  })
  const open = (changes: Partial<FilesystemOptions> = {}): LinuxBackend =>
    LinuxBackend.open({
      shares: definitions,
      handleKey,
      stateDirectory: top,
      openFileCountMax: 64,
      inodeCountMax: 1000,
      allows: () => true,
      onWarning: (message) => {
        throw new Error(message)
      },
      ...options,
      ...changes,
    })
  const openFirst = (): LinuxBackend => {
    try {
      return open()
    } catch (error) {
      rmSync(top, { recursive: true })
      throw error
    }
  }
  let backend = openFirst()
  return {
    get backend() {
      return backend
    },
    root: backend.rootHandle(1),
    directory,
    async restart(changes) {
      await backend.close()
      backend = open(changes)
      return backend
    },
    async close() {
      await backend.close()
      rmSync(top, { recursive: true })
    },
  }
}
