import type { MountNotice, RefusalNotice } from '../access/mounts.ts'
import type { Applications } from '../applications/applications.ts'
import type { Audit } from '../audit/index.ts'
import type { GrantRecord } from '../catalog/grants.ts'
import type { Namespace } from '../namespace/namespace.ts'
import type { Logger } from '../telemetry/log.ts'

export interface AccessNoticesOptions {
  readonly audit: Audit
  readonly applications: Applications
  readonly namespace: Namespace
  readonly log: Logger
}

/** Tells audit, history and log who was let in, who was not, and whose grants have ended. */
export class AccessNotices {
  /** How many were let in and how many not, since the start. */
  readonly mounts = { granted: 0, refused: 0 }
  readonly #options: AccessNoticesOptions

  constructor(options: AccessNoticesOptions) {
    this.#options = options
  }

  mounted({ principal, visitor, grant, share, path, labels }: MountNotice): void {
    const { subject, address } = principal
    const { audit, applications, log } = this.#options
    this.mounts.granted++
    audit.describeGrants([{ number: grant, subject, address }])
    const about = { subject, address, grant, ...(share === undefined ? {} : { shareId: share.id }) }
    audit.record({ kind: 'mount', ...about, operation: 'MOUNT', path, result: 'OK' })
    log.info({ client: address, subject, path, grant }, 'mounted')
    if (share === undefined) return
    const { id: shareId, applicationId } = share
    const host = visitor.machineName
    applications.seen({ shareId, applicationId, subject, address, host, labels, at: Date.now() })
  }

  refused({ visitor: { address }, subject, path, reason }: RefusalNotice): void {
    const { audit, log } = this.#options
    this.mounts.refused++
    audit.record({ kind: 'refusal', subject, address, operation: 'MOUNT', path, result: reason })
    log.warn({ client: address, subject, path, reason }, 'mount refused')
  }

  grantEnded({ number, subject, address, nodeId, shareId }: GrantRecord, reason: string): void {
    const { audit, namespace, log } = this.#options
    const node = namespace.tree.get(nodeId)
    const path = node === undefined ? '' : namespace.tree.pathOf(node)
    const about = { subject, address, grant: number, ...(shareId === null ? {} : { shareId }) }
    audit.record({ kind: 'grant', ...about, operation: 'END_GRANT', path, result: reason })
    log.info({ client: address, subject, path, grant: number, reason }, 'grant ended')
  }
}
