import { stringify } from 'yaml'
import { mountOptions, yamlOptions, type MountSource } from './mount.ts'

export interface PersistentVolume {
  readonly source: MountSource
  /** Of the volume: unique in its cluster. */
  readonly name: string
  readonly claim: { readonly namespace: string; readonly name: string }
  /** Null: no limit. */
  readonly quotaBytes: number | null
  readonly labels: Readonly<Record<string, string>>
  /** Logical path of the share. */
  readonly path: string
}

/** A volume must have a size, which binds it to claims of at most as much; without a quota it is as good as this. */
const capacityWithoutQuota = '1Ti'

/** PersistentVolume and PersistentVolumeClaim, bound to each other and to nothing else, as two YAML documents. */
export function persistentVolumeYaml(volume: PersistentVolume): string {
  const { source, name, claim, quotaBytes, labels, path } = volume
  const { host, readOnly } = source
  const storage = quotaBytes === null ? capacityWithoutQuota : String(quotaBytes)
  const accessModes = [readOnly ? 'ReadOnlyMany' : 'ReadWriteMany']
  const annotations = { 'berth/path': path }
  const persistentVolume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, labels, annotations },
    spec: {
      capacity: { storage },
      accessModes,
      // The share outlives every claim.
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: '',
      mountOptions: mountOptions(source),
      nfs: { server: host, path: source.path, readOnly },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...claim },
    },
  }
  const persistentVolumeClaim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...claim, labels, annotations },
    // An empty class: no provisioner shall make another volume for it.
    spec: { accessModes, storageClassName: '', volumeName: name, resources: { requests: { storage } } },
  }
  return [persistentVolume, persistentVolumeClaim]
    .map((document) => stringify(document, yamlOptions))
    .join('---\n')
}
