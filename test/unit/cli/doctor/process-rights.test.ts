import { expect, test } from 'vitest'
import { checkCapabilities, checkOpenFiles, rightsOf } from '../../../../src/cli/doctor/process-rights.ts'

const all = (1n << 41n) - 1n
const of = (uid: number, capabilities: bigint) => ({
  uid,
  capabilities,
  openFilesSoft: 1024,
  openFilesHard: 4096,
})

test('this process has the rights that the kernel tells of it', () => {
  const rights = rightsOf('self')
  expect(rights?.uid).toBe(process.geteuid?.())
  expect(rights?.openFilesHard).toBeGreaterThan(0)
  // PID_MAX_LIMIT of Linux is 2^22.
  expect(rightsOf(2 ** 22 + 1)).toBeUndefined()
})

test('what a capability is missed for is told', () => {
  expect(checkCapabilities(of(0, all))).toMatchObject([{ status: 'ok' }])
  expect(checkCapabilities(of(0, all & ~(1n << 2n)))).toMatchObject([
    { status: 'warn', detail: expect.stringMatching(/^no CAP_DAC_READ_SEARCH: /) as string },
  ])
  expect(checkCapabilities(of(0, all & ~(1n << 7n)))).toMatchObject([{ status: 'fail' }])
  expect(checkCapabilities(of(1000, 0n))).toMatchObject([{ status: 'warn' }])
})

test('Node raises the soft limit of files, not the hard one', () => {
  expect(checkOpenFiles(of(0, all), 4096)).toMatchObject({ status: 'ok' })
  expect(checkOpenFiles(of(0, all), 4097)).toMatchObject({ status: 'warn' })
})
