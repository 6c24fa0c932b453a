import { spawnSync } from 'node:child_process'
import { chownSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { useWorkspace } from './server.ts'

const child = fileURLToPath(new URL('namespace-plain-user-child.mjs', import.meta.url))
const workspace = useWorkspace()
const user = 65534
const asUser = process.getuid?.() === 0 ? { uid: user, gid: user } : {}
// Not where the project lies in a closed home directory.
const isReachable = spawnSync('test', ['-r', child], asUser).status === 0

test.runIf(isReachable)(
  'without root, directories that clients have closed to their owner are moved, deleted and purged',
  () => {
    if ('uid' in asUser) chownSync(workspace.path, user, user)
    const { status, stderr } = spawnSync(process.execPath, [child, workspace.path], {
      encoding: 'utf8',
      ...asUser,
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  },
)
