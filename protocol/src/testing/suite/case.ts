import type { CaseContext } from './context.ts'

/** What a backend can do that another cannot; a case that needs what is missing is shown as skipped. */
export interface BackendCapabilities {
  /** AUTH_SYS is acted upon as sent: any uid, gid and groups, and uid 0 is root. */
  readonly identity: boolean
  /** uid 0 may make device nodes. */
  readonly deviceNodes: boolean
  /** The owner of a file reads and writes it whatever its mode, RFC 1813 §4.4. */
  readonly ownerOverride: boolean
}

export interface SuiteCase {
  readonly name: string
  readonly needs?: keyof BackendCapabilities
  run(t: CaseContext): Promise<void>
}

export interface SuiteGroup {
  readonly name: string
  readonly cases: readonly SuiteCase[]
}
