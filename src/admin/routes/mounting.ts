import { Type } from 'typebox'
import type { ShareRecord } from '../../catalog/shares.ts'
import { ServiceError } from '../../config/service-error.ts'
import { exactly, operation, type AnyOperation } from '../operation.ts'
import { persistentVolumeYaml } from '../render/kubernetes.ts'
import { composeFile, dockerRunCommand, fstabLine, mountCommand, mountDevice } from '../render/mount.ts'
import type { NamedSource } from '../render/mount.ts'
import type { AdminServices } from '../services.ts'
import { labels, path, shareNumber, time, timeView } from '../values.ts'

const ticketWishSchema = exactly(
  {
    path,
    labels: Type.Optional(labels),
    ttlSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 300, description: 'Default 60' })),
  },
  { title: 'NewTicket', description: 'Labels: of the pod or container that is to mount it' },
)

const ticketSchema = exactly(
  {
    path: Type.String({ description: 'To be mounted once, by one address: it holds a secret' }),
    source: Type.String({ description: 'HOST:PATH' }),
    mount: Type.String({ description: 'A command that mounts it' }),
    expiresAt: time,
  },
  { title: 'Ticket' },
)

const linesSchema = exactly(
  {
    source: Type.String({ description: 'HOST:PATH' }),
    mount: Type.String({ description: 'A command' }),
    fstab: Type.String({ description: 'A line of /etc/fstab' }),
    dockerRun: Type.String({ description: 'A command' }),
    compose: Type.String({ description: 'Of a compose file' }),
    kubernetes: Type.String({ description: 'PersistentVolume and PersistentVolumeClaim' }),
  },
  { title: 'MountLines' },
)

const dnsLabel = '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$'
const lineQuery = {
  host: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9:][-A-Za-z0-9.:]{0,252}$',
      description: 'Name or address of the gateway; default: its own first one',
    }),
  ),
  access: Type.Optional(
    Type.Enum(['address', 'token'], {
      type: 'string',
      description:
        'token: with /@TOKEN before the path, to be replaced; default: by the address of the client',
    }),
  ),
  namespace: Type.Optional(Type.String({ pattern: dnsLabel, description: 'Of the claim; default: default' })),
  claim: Type.Optional(Type.String({ pattern: dnsLabel, description: 'Name of the claim' })),
}
const tag = 'shares'

export function mountingOperations(services: AdminServices): AnyOperation[] {
  const { namespace, tickets, tokens, endpoint } = services
  const { shares } = namespace
  const objects = ({ params }: { params: { id: number } }) => [shares.get(params.id).path]
  return [
    operation({
      id: 'issueTicket',
      method: 'POST',
      path: '/v1/mounts',
      tag: 'mounts',
      summary: 'Make a ticket: a path that one address may mount once, soon',
      description: 'For orchestrators that must not put a token into a mount table.',
      access: 'workload',
      body: ticketWishSchema,
      creates: true,
      showsSecret: true,
      answer: ticketSchema,
      async run({ body, caller }) {
        const { text, record } = await tickets.issue({ token: tokens.get(caller.tokenId), ...body })
        const path = `/@${text}${record.path}`
        const source = { host: endpoint.nfsHosts[0]!, port: endpoint.nfsPort, path, readOnly: false }
        return {
          path,
          source: mountDevice(source),
          mount: mountCommand(source),
          expiresAt: timeView(record.expiresAt),
        }
      },
    }),
    operation({
      id: 'getMountLines',
      method: 'GET',
      path: '/v1/shares/{id}/mount',
      tag,
      summary: 'How a share is mounted, in lines to copy',
      access: { action: 'list', objects },
      params: { id: shareNumber },
      query: lineQuery,
      answer: linesSchema,
      async run({ params, query }) {
        const share = shares.get(params.id)
        const source = sourceOf(services, share, query)
        return {
          source: mountDevice(source),
          mount: mountCommand(source),
          fstab: fstabLine(source),
          dockerRun: dockerRunCommand(source),
          compose: composeFile(source),
          kubernetes: await volumeOf(services, share, query),
        }
      },
    }),
    operation({
      id: 'getKubernetesVolume',
      method: 'GET',
      path: '/v1/shares/{id}/kubernetes',
      tag,
      summary: 'PersistentVolume and PersistentVolumeClaim of a share, as YAML',
      access: { action: 'list', objects },
      params: { id: shareNumber },
      query: lineQuery,
      answer: Type.String(),
      mediaType: 'application/yaml',
      run: ({ params, query }) => volumeOf(services, shares.get(params.id), query),
    }),
  ]
}

interface LineQuery {
  host?: string
  access?: 'address' | 'token'
  namespace?: string
  claim?: string
}

/** @throws {ServiceError} `conflict` for a deleted share. */
function sourceOf({ endpoint }: AdminServices, share: ShareRecord, query: LineQuery): NamedSource {
  const { id, path, readOnly, deletedAt } = share
  if (deletedAt !== null) throw new ServiceError('conflict', `share ${id} is deleted: undelete it first`)
  return {
    name: `berth-${id}`,
    host: query.host ?? endpoint.nfsHosts[0]!,
    port: endpoint.nfsPort,
    path: query.access === 'token' ? `/@TOKEN${path}` : path,
    readOnly,
  }
}

async function volumeOf(services: AdminServices, share: ShareRecord, query: LineQuery): Promise<string> {
  const { applications, namespace } = services
  const { applicationId, quotaBytes, path } = share
  const application = applicationId === null ? undefined : await applications.get(applicationId)
  const partOf = application === undefined ? {} : { 'app.kubernetes.io/part-of': application.name }
  const source = sourceOf(services, share, query)
  return persistentVolumeYaml({
    source,
    // One cluster may know several gateways, each with a share 1.
    name: `${source.name}-${namespace.gatewayId.slice(-8)}`,
    claim: { namespace: query.namespace ?? 'default', name: query.claim ?? source.name },
    quotaBytes,
    labels: { ...application?.labels, ...partOf },
    path,
  })
}
