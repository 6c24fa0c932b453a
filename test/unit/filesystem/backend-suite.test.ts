import { afterAll, beforeAll, describe, it } from 'vitest'
import { nfs3BackendSuite } from 'nfs-server-ts/testing'
import { openLinuxFixture, type ShareWish } from './fixture.ts'

/** A plain user cannot act as others, nor make devices. */
const isRoot = process.getuid!() === 0

function runSuite(name: string, share: ShareWish): void {
  nfs3BackendSuite(
    { describe, it, beforeAll, afterAll },
    {
      name,
      open: () => Promise.resolve(openLinuxFixture([share])),
      capabilities: { identity: isRoot, deviceNodes: isRoot },
    },
  )
}

runSuite('LinuxBackend, relaxed', {})
runSuite('LinuxBackend, strict', { relaxed: false })
runSuite('LinuxBackend, with the inode index', { handles: 'index' })
