import { LastAdministrator } from './last-administrator.ts'
import type { AnyOperation } from './operation.ts'
import { adminOperations } from './routes/admins.ts'
import { applicationOperations } from './routes/applications.ts'
import { auditOperations } from './routes/audit.ts'
import { backupOperations } from './routes/backups.ts'
import { catalogOperations } from './routes/catalog.ts'
import { clientOperations } from './routes/clients.ts'
import { exportOperations } from './routes/exports.ts'
import { folderOperations } from './routes/folders.ts'
import { gatewayOperations } from './routes/gateway.ts'
import { grantOperations } from './routes/grants.ts'
import { historyOperations } from './routes/history.ts'
import { hostOperations } from './routes/hosts.ts'
import { importOperations } from './routes/imports.ts'
import { linkOperations } from './routes/links.ts'
import { manifestOperations } from './routes/manifests.ts'
import { mountingOperations } from './routes/mounting.ts'
import { moveOperations } from './routes/moves.ts'
import { namespaceOperations } from './routes/namespace.ts'
import { reportOperations } from './routes/reports.ts'
import { repositoryOperations } from './routes/repositories.ts'
import { repositoryWorkOperations } from './routes/repository-work.ts'
import { restoreOperations } from './routes/restore.ts'
import { ruleOperations } from './routes/rules.ts'
import { scheduleOperations } from './routes/schedules.ts'
import { shareOperations } from './routes/shares.ts'
import { snapshotChangeOperations } from './routes/snapshot-changes.ts'
import { snapshotMakingOperations } from './routes/snapshot-making.ts'
import { snapshotOperations } from './routes/snapshots.ts'
import { storeOperations } from './routes/stores.ts'
import { tokenOperations } from './routes/tokens.ts'
import type { AdminServices } from './services.ts'

/** All that the API does, a resource after the other. */
export function operationsOf(services: AdminServices): AnyOperation[] {
  const lastAdministrator = new LastAdministrator(services)
  return [
    gatewayOperations,
    namespaceOperations,
    folderOperations,
    linkOperations,
    shareOperations,
    moveOperations,
    mountingOperations,
    snapshotOperations,
    snapshotMakingOperations,
    snapshotChangeOperations,
    restoreOperations,
    importOperations,
    exportOperations,
    scheduleOperations,
    repositoryOperations,
    repositoryWorkOperations,
    backupOperations,
    reportOperations,
    storeOperations,
    applicationOperations,
    manifestOperations,
    historyOperations,
    tokenOperations,
    adminOperations,
    hostOperations,
    ruleOperations,
    grantOperations,
    clientOperations,
    auditOperations,
    catalogOperations,
  ].flatMap((operationsOfResource) => operationsOfResource(services, lastAdministrator))
}
