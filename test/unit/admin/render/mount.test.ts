import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { persistentVolumeYaml, type PersistentVolume } from '../../../../src/admin/render/kubernetes.ts'
import {
  composeFile,
  dockerRunCommand,
  fstabLine,
  mountCommand,
  mountDevice,
  type NamedSource,
} from '../../../../src/admin/render/mount.ts'

const source: NamedSource = {
  name: 'berth-7',
  host: 'nas.example.com',
  port: 2049,
  path: '/finance/payroll db',
  readOnly: false,
}
const options = 'vers=3,proto=tcp,port=2049,mountproto=tcp,mountport=2049,nolock'

const hostilePaths = fc
  .array(
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((name) => !/[/\p{Cc}\p{Surrogate}]/u.test(name) && name !== '.' && name !== '..'),
    { minLength: 1, maxLength: 3 },
  )
  .map((names) => `/${names.join('/')}`)

describe('lines to copy', () => {
  test('mount', () => {
    expect(mountCommand(source)).toBe(`mount -t nfs -o ${options} 'nas.example.com:/finance/payroll db' /mnt`)
    expect(mountCommand({ ...source, readOnly: true })).toContain('nolock,ro ')
    expect(mountDevice({ ...source, host: 'fd00::1' })).toBe('[fd00::1]:/finance/payroll db')
  })

  test('fstab', () => {
    expect(fstabLine(source)).toBe(
      `nas.example.com:/finance/payroll\\040db /mnt/berth-7 nfs ${options},_netdev,nofail 0 0`,
    )
  })

  test('docker run', () => {
    expect(dockerRunCommand(source)).toBe(
      `docker run --mount 'type=volume,src=berth-7,dst=/data,volume-driver=local,volume-opt=type=nfs,` +
        `"volume-opt=device=:/finance/payroll db","volume-opt=o=addr=nas.example.com,${options}"' IMAGE`,
    )
  })

  test('docker run takes any path to be one word and one field', () => {
    for (const path of fc.sample(hostilePaths, 50)) {
      const words = execFileSync('sh', ['-c', `printf '%s\\n' ${dockerRunCommand({ ...source, path })}`])
      const [, , , mount = '', image] = words.toString().split('\n')
      expect(image).toBe('IMAGE')
      const field = `volume-opt=device=:${path}`
      const written = /[",\s]/u.test(field) ? `"${field.replaceAll('"', '""')}"` : field
      expect(mount).toContain(`,${written},`)
    }
  })

  test('compose, where $ begins no variable', () => {
    const { services, volumes } = parse(composeFile({ ...source, path: '/a$b ${c}', readOnly: true })) as {
      services: { app: { volumes: string[] } }
      volumes: Record<string, { driver_opts: Record<string, string> }>
    }
    expect(services.app.volumes).toEqual(['berth-7:/data:ro'])
    expect(volumes['berth-7']!.driver_opts).toEqual({
      type: 'nfs',
      o: `addr=nas.example.com,${options},ro`,
      device: ':/a$$b $${c}',
    })
  })
})

describe('Kubernetes', () => {
  const volume: PersistentVolume = {
    source,
    name: 'berth-7-867ae648',
    claim: { namespace: 'payroll', name: 'db' },
    quotaBytes: 10_737_418_240,
    labels: { team: 'payroll' },
    path: '/finance/payroll db',
  }
  const documentsOf = (given: PersistentVolume) =>
    parseAllDocuments(persistentVolumeYaml(given), { version: '1.1' }).map(
      (document) => document.toJS() as Record<string, Record<string, unknown>>,
    )

  test('a volume and a claim that are bound to each other', () => {
    expect(documentsOf(volume)).toEqual([
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: {
          name: 'berth-7-867ae648',
          labels: { team: 'payroll' },
          annotations: { 'berth/path': '/finance/payroll db' },
        },
        spec: {
          capacity: { storage: '10737418240' },
          accessModes: ['ReadWriteMany'],
          persistentVolumeReclaimPolicy: 'Retain',
          storageClassName: '',
          mountOptions: options.split(','),
          nfs: { server: 'nas.example.com', path: '/finance/payroll db', readOnly: false },
          claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'payroll', name: 'db' },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          namespace: 'payroll',
          name: 'db',
          labels: { team: 'payroll' },
          annotations: { 'berth/path': '/finance/payroll db' },
        },
        spec: {
          accessModes: ['ReadWriteMany'],
          storageClassName: '',
          volumeName: 'berth-7-867ae648',
          resources: { requests: { storage: '10737418240' } },
        },
      },
    ])
  })

  test('without a quota, and read-only', () => {
    const [persistentVolume] = documentsOf({
      ...volume,
      quotaBytes: null,
      source: { ...source, readOnly: true },
    })
    expect(persistentVolume!.spec).toMatchObject({
      capacity: { storage: '1Ti' },
      accessModes: ['ReadOnlyMany'],
      nfs: { readOnly: true },
    })
  })

  test('labels that YAML 1.1 would take for something else stay texts', () => {
    const labels = {
      on: 'yes',
      y: 'no',
      a: '1_000',
      b: '012',
      c: '1:30',
      d: '0x1f',
      e: '.inf',
      f: '~',
      g: 'null',
    }
    for (const { metadata } of documentsOf({ ...volume, labels })) expect(metadata!.labels).toEqual(labels)
  })

  test('any path', () => {
    fc.assert(
      fc.property(hostilePaths, (path) => {
        const [persistentVolume] = documentsOf({ ...volume, path, source: { ...source, path } })
        expect(persistentVolume!.spec!.nfs).toMatchObject({ path })
        expect(persistentVolume!.metadata!.annotations).toEqual({ 'berth/path': path })
      }),
    )
  })
})
