import { one, type NumberDefinition } from './definition.ts'

/** Who is let in, and the record of it. */
export const accessMetrics: readonly NumberDefinition[] = [
  {
    kind: 'gauge',
    name: 'berth_grants',
    help: 'Grants that live',
    read: ({ grants }) => one(grants),
  },
  {
    kind: 'counter',
    name: 'berth_mounts_total',
    help: 'Clients let into a share or folder, or refused: by MNT, or as they walked there from a folder',
    labels: ['result'],
    read: ({ mounts }) =>
      Object.entries(mounts).map(([result, value]: [string, number]) => ({ labels: { result }, value })),
  },
  {
    kind: 'counter',
    name: 'berth_audit_lines_total',
    help: 'Lines written to the audit',
    read: ({ audit }) => one(audit.lines),
  },
  {
    kind: 'counter',
    name: 'berth_audit_dropped_total',
    help: 'Events that the audit has lost: its writer was behind, or the disk full; should be 0',
    read: ({ audit }) => one(audit.dropped),
  },
  {
    kind: 'counter',
    name: 'berth_admin_bugs_total',
    help: 'Requests to the admin API answered with status 500: errors of our own; should be 0',
    read: ({ adminBugs }) => one(adminBugs),
  },
]
