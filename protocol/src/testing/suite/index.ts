import type { Nfs3Backend } from '../../nfs3/backend.ts'
import { createNfs3Program } from '../../nfs3/program.ts'
import type { NfsFh3 } from '../../nfs3/types.ts'
import { DirectTransport } from '../direct-transport.ts'
import { Nfs3Client } from '../nfs3-client.ts'
import type { RpcTransport } from '../rpc-transport.ts'
import { attributeCases } from './attributes.ts'
import type { BackendCapabilities, SuiteGroup } from './case.ts'
import { CaseContext } from './context.ts'
import { createCases } from './create.ts'
import { dataCases } from './data.ts'
import { fileSystemCases } from './file-system.ts'
import { handleCases } from './handles.ts'
import { linkCases } from './links.ts'
import { listingCases } from './listing.ts'
import { nameCases } from './names.ts'
import { nodeCases } from './nodes.ts'
import { permissionCases } from './permissions.ts'
import { removalCases } from './removal.ts'
import { renameCases } from './rename.ts'

export type { BackendCapabilities } from './case.ts'

/** A backend over an empty tree. */
export interface BackendFixture {
  readonly backend: Nfs3Backend
  /** Handle of the root directory, which belongs to root. */
  readonly root: NfsFh3
  /** Where the calls go; unless given, to the procedures in this process. */
  readonly transport?: RpcTransport
  close(): Promise<void>
}

/** The functions of a test runner that the suite uses: vitest's, or node:test's under these names. */
export interface SuiteRunner {
  describe(name: string, body: () => void): unknown
  it: ((name: string, body: () => Promise<void>, timeoutMs?: number) => unknown) & {
    skip(name: string, body: () => Promise<void>): unknown
  }
  beforeAll(body: () => Promise<void>): unknown
  afterAll(body: () => Promise<void>): unknown
}

export interface BackendSuiteOptions {
  /** Heads the report. */
  readonly name: string
  /** Called once; every case works in its own directory below the root. */
  open(): Promise<BackendFixture>
  /** All true unless given. */
  readonly capabilities?: Partial<BackendCapabilities>
}

const caseTimeoutMs = 60_000

const groups: readonly SuiteGroup[] = [
  attributeCases,
  nameCases,
  createCases,
  dataCases,
  nodeCases,
  linkCases,
  removalCases,
  renameCases,
  listingCases,
  permissionCases,
  handleCases,
  fileSystemCases,
]

/**
 * The suite every backend must pass. It calls the 22 procedures by their encoding, so that codec and backend are tested
 * together, and expects what RFC 1813 says and, where that leaves a choice, what Linux does.
 *
 * It imports no test runner: `nfs3BackendSuite({ describe, it, beforeAll, afterAll }, { name, open })`.
 */
export function nfs3BackendSuite(runner: SuiteRunner, options: BackendSuiteOptions): void {
  const capabilities: BackendCapabilities = {
    identity: true,
    deviceNodes: true,
    ownerOverride: true,
    ...options.capabilities,
  }
  runner.describe(`${options.name} as an NFSv3 backend`, () => {
    let fixture: BackendFixture | undefined
    let caseCount = 0
    runner.beforeAll(async () => {
      fixture = await options.open()
    })
    runner.afterAll(async () => fixture?.close())

    for (const group of groups)
      runner.describe(group.name, () => {
        for (const { name, needs, run } of group.cases) {
          const body = async () => {
            if (fixture === undefined) throw new Error('the backend did not open')
            const { backend, root } = fixture
            const transport = fixture.transport ?? new DirectTransport(createNfs3Program(backend))
            await run(await CaseContext.make(new Nfs3Client(transport), root, `case-${++caseCount}`))
          }
          if (needs !== undefined && !capabilities[needs]) runner.it.skip(`${name} (needs ${needs})`, body)
          else runner.it(name, body, caseTimeoutMs)
        }
      })
  })
}
