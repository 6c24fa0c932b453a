import { afterAll, beforeAll, describe, it } from 'vitest'
import { nfs3BackendSuite } from 'nfs-server-ts/testing'
import type { ShareDefinition } from '../../../src/filesystem/index.ts'
import { openLinuxFixture } from './fixture.ts'

/** A plain user cannot act as others, nor make devices. */
const isRoot = process.getuid!() === 0

function runSuite(name: string, share: Partial<ShareDefinition>): void {
  nfs3BackendSuite(
    { describe, it, beforeAll, afterAll },
    {
      name,
      open: () => Promise.resolve(openLinuxFixture([share])),
      capabilities: { identity: isRoot, deviceNodes: isRoot },
    },
  )
}

runSuite('LinuxBackend, relaxed', { durability: 'relaxed' })
runSuite('LinuxBackend, strict', { durability: 'strict' })
runSuite('LinuxBackend, with the inode index', { durability: 'relaxed', handles: 'index' })
