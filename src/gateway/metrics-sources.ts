import type { Lane } from '../lanes/lane.ts'
import type { MetricsSources } from '../telemetry/metrics.ts'
import type { ControlPlane } from './control-plane.ts'

/** What the running gateway tells its metrics. */
export function metricsSources(
  plane: ControlPlane,
  lanes: readonly Lane[],
  bugs: { readonly admin: number },
): MetricsSources {
  const { audit, grants, namespace } = plane.services
  return {
    lanes,
    grants: () => grants.size,
    mounts: () => plane.notices.mounts,
    *shares() {
      for (const { id, path, quotaBytes, quotaFiles } of namespace.shares.all()) {
        const { bytes, files } = plane.shareTable.used(id)
        yield { id, path, usedBytes: bytes, usedFiles: files, quotaBytes, quotaFiles }
      }
    },
    audit: () => audit.statistics,
    adminBugs: () => bugs.admin,
  }
}
