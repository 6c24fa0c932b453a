export { Audit, controlEventsMax, type AuditOptions, type AuditStatistics } from './audit.ts'
export type { Head } from './chain.ts'
export {
  controlKinds,
  FileOperation,
  type AuditKind,
  type ControlEvent,
  type ControlKind,
  type FileEvent,
  type NumberedLine,
} from './event.ts'
export type { GrantDescription, ShareDescription } from './messages.ts'
export { recentLimitMax, type RecentAnswer, type RecentQuestion } from './recent-window.ts'
export { AuditBuffer } from './ring.ts'
export { verifyAudit, type Problem, type Verification } from './verify.ts'
