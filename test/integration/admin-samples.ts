import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Body, Role, TemporaryApi } from './admin-fixture.ts'
import { RecordedDocker } from './recorded-docker.ts'

export interface Sample {
  readonly url: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Of a workload, where it is not an administrator who asks. */
  readonly token?: string
}

/** The least of the roles that may do an operation, and a request that is right, made anew for each time. */
export type Rule = readonly [least: Role | 'workload', sample: (make: Maker) => Sample | Promise<Sample>]

/** Makes what a sample is about. */
export class Maker {
  readonly #api: TemporaryApi
  #count = 0
  #repository: Promise<string> | undefined
  #backup: Promise<{ readonly id: string; readonly jobId: string }> | undefined
  #docker: RecordedDocker | undefined
  #letGo = (): void => {}

  constructor(api: TemporaryApi) {
    this.#api = api
  }

  /** A name that nothing else has. */
  name(): string {
    return `x${++this.#count}`
  }

  async #made(url: string, body: unknown): Promise<Body> {
    return (await this.#api.done('POST', url, body)).body
  }

  async share(): Promise<string> {
    return String((await this.#made('/v1/shares', { path: `/finance/${this.name()}` })).id)
  }

  async tombstone(): Promise<string> {
    const id = await this.share()
    await this.#api.done('DELETE', `/v1/shares/${id}`)
    return id
  }

  async folder(): Promise<string> {
    return String((await this.#made('/v1/folders', { path: `/finance/${this.name()}` })).id)
  }

  /** A former path. */
  async alias(): Promise<string> {
    const path = `/finance/${this.name()}`
    const { id } = await this.#made('/v1/folders', { path })
    await this.#made(`/v1/folders/${id}/move`, { to: `/finance/${this.name()}`, aliasSeconds: 60 })
    return path
  }

  async link(): Promise<string> {
    const targets = [{ gateway: 'b', path: '/a' }]
    return String((await this.#made('/v1/links', { path: `/finance/${this.name()}`, targets })).id)
  }

  async target(): Promise<string> {
    const link = await this.link()
    const { id } = await this.#made(`/v1/links/${link}/targets`, { gateway: 'c', path: '/a' })
    return `${link}/targets/${id}`
  }

  async application(): Promise<string> {
    return (await this.#made('/v1/applications', { name: this.name(), owner: 'ada' })).name
  }

  async manifest(): Promise<string> {
    const path = `${await this.application()}/manifests/a.yaml`
    await this.#api.done('PUT', `/v1/applications/${path}`, { content: 'kind: Pod' })
    return path
  }

  async store(): Promise<string> {
    const name = this.name()
    return (await this.#made('/v1/stores', { name, directory: this.directory() })).name
  }

  async snapshot(): Promise<string> {
    return String((await this.#made(`/v1/shares/${await this.share()}/snapshots`, {})).id)
  }

  /** What makes one, and waits. */
  async snapshotJob(): Promise<string> {
    const { takings } = this.#api.services.snapshots
    const { jobId, done } = takings.begin([await this.#busyShare()], { createdBy: 'test' }, false)
    done.catch(() => {})
    return jobId
  }

  /** A restore that waits. */
  async restoreJob(): Promise<string> {
    const { snapshots, restores } = this.#api.services
    const id = Number(await this.snapshot())
    this.#keepBusy(snapshots.get(id).shareId)
    restores.restore(id, {}, 'test').catch(() => {})
    return restores.jobs().at(-1)!.id
  }

  /** A move that waits. */
  async moveJob(): Promise<string> {
    const { moves } = this.#api.services
    const id = await this.#busyShare()
    moves.move(id, await this.store(), 'test').catch(() => {})
    return moves.jobs().at(-1)!.id
  }

  async #busyShare(): Promise<number> {
    const id = Number(await this.share())
    this.#keepBusy(id)
    return id
  }

  /** Until the next share is kept so: what is begun for it waits. Of the few jobs at once one is left to others. */
  #keepBusy(shareId: number): void {
    this.#letGo()
    const others = new Promise<void>((resolve) => (this.#letGo = resolve))
    void this.#api.services.snapshots.takings.without(shareId, 'test', (signal) =>
      Promise.race([others, once(signal, 'abort')]),
    )
  }

  /** An import whose tar never comes to its end. */
  async importJob(): Promise<string> {
    const { imports } = this.#api.services
    const body = new Readable({ read() {} })
    imports.importTar({ path: `/finance/${this.name()}` }, body, 'test').catch(() => {})
    await new Promise(setImmediate)
    return imports.jobs().at(-1)!.id
  }

  /** A Docker daemon without volumes. */
  async docker(): Promise<void> {
    this.#docker ??= await new RecordedDocker().listen(this.#api.dockerSocket)
  }

  async schedule(): Promise<string> {
    const { path } = this.#api.services.namespace.shares.get(Number(await this.share()))
    const wanted = { name: this.name(), cron: '@yearly', selector: { path } }
    return (await this.#made('/v1/schedules', wanted)).name
  }

  /** What says how to add a repository: under another name each time, in the same place. */
  newRepository() {
    const { data, directory } = this.#api
    mkdirSync(join(data, 'secrets'), { recursive: true, mode: 0o700 })
    writeFileSync(join(data, 'secrets/restic'), 'correct horse', { mode: 0o600 })
    const secrets = { password: { file: 'restic' } }
    return { name: this.name(), url: join(directory, 'restic'), secrets }
  }

  /** Added at the first call. */
  async repository(): Promise<string> {
    this.#repository ??= this.anotherRepository()
    return this.#repository
  }

  async anotherRepository(): Promise<string> {
    return (await this.#made('/v1/repositories', this.newRepository())).name
  }

  /** Made at the first call, with its job. */
  backup(): Promise<{ readonly id: string; readonly jobId: string }> {
    this.#backup ??= this.#anotherBackup()
    return this.#backup
  }

  async #anotherBackup(): Promise<{ readonly id: string; readonly jobId: string }> {
    const { backups } = this.#api.services
    const shareIds = [Number(await this.share())]
    const [begun] = await backups.begin({
      shareIds,
      repository: await this.repository(),
      createdBy: 'test',
    })
    for (;;) {
      const job = backups.job(begun!.id)
      if (job.endedAt !== null) return { id: job.backupId!, jobId: job.id }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** One that waits, since its snapshot does. */
  async backupJob(): Promise<string> {
    const { backups } = this.#api.services
    const repository = await this.repository()
    const shareId = await this.#busyShare()
    const [job] = await backups.begin({ shareIds: [shareId], repository, createdBy: 'test' })
    return job!.id
  }

  /** An empty one. */
  directory(): string {
    const directory = join(this.#api.directory, this.name())
    mkdirSync(directory)
    return directory
  }

  async token(): Promise<string> {
    return (await this.workload()).record.id
  }

  async workload() {
    const wanted = { kind: 'workload', name: this.name(), subject: 'app:payroll' } as const
    return this.#api.services.tokens.create(wanted, 'test')
  }

  async admin(): Promise<string> {
    const { body } = await this.#api.done('POST', '/v1/admins', { name: this.name() })
    return body.token.id
  }

  network(): string {
    return `fd00:${(++this.#count).toString(16)}::/32`
  }

  async host(): Promise<string> {
    return String((await this.#made('/v1/hosts', { network: this.network(), subject: 'app:payroll' })).id)
  }

  rule() {
    return { kind: 'g', subject: `user:${this.name()}`, object: 'role:viewer' } as const
  }

  async ruleId(): Promise<string> {
    return String((await this.#made('/v1/rules', this.rule())).id)
  }

  client(): string {
    const address = `10.0.0.${++this.#count}`
    this.#api.clients.push({ address, connections: 1 })
    return address
  }

  async grant(): Promise<string> {
    const { grants, namespace, rules, tokens } = this.#api.services
    const everywhere = {
      kind: 'p',
      subject: '*',
      object: '/grants/**',
      action: 'read',
      effect: 'allow',
    } as const
    if (rules.find(everywhere) === undefined) await rules.add(everywhere, 'test')
    const share = await namespace.shares.create({ path: `/grants/${this.name()}` })
    const { record } = await this.workload()
    const principal = {
      ...{ subject: record.subject, tokenId: record.id, hostId: null, address: '10.0.0.1' },
      ...{ scope: null, identity: null, expiresAt: null },
    }
    expectThere(tokens.living(record.id))
    const wish = { principal, nodeId: share.linkId!, shareId: share.id, parent: null, backupSet: null }
    return String((await grants.issue(wish)).number)
  }
}

function expectThere(token: unknown): void {
  if (token === undefined) throw new Error('the token has ended')
}

/**
 * Every operation of the API. `none`: an administrator without a role, who sees what rules of his own say. A new operation
 * takes its place here.
 */
export const rulesById: Readonly<Record<string, Rule>> = {
  whoami: ['none', () => ({ url: '/v1/whoami' })],
  getGateway: ['viewer', () => ({ url: '/v1/gateway' })],

  resolvePath: ['viewer', () => ({ url: '/v1/namespace?path=/' })],
  listAliases: ['none', () => ({ url: '/v1/aliases' })],
  removeAlias: ['operator', async (make) => ({ url: `/v1/aliases?path=${await make.alias()}` })],
  createFolder: ['operator', (make) => ({ url: '/v1/folders', body: { path: `/${make.name()}` } })],
  getFolder: ['viewer', async (make) => ({ url: `/v1/folders/${await make.folder()}` })],
  listChildren: ['viewer', () => ({ url: '/v1/folders/0/children' })],
  updateFolder: [
    'operator',
    async (make) => ({ url: `/v1/folders/${await make.folder()}`, body: { description: 'd' } }),
  ],
  moveFolder: [
    'operator',
    async (make) => ({ url: `/v1/folders/${await make.folder()}/move`, body: { to: `/${make.name()}` } }),
  ],
  deleteFolder: ['operator', async (make) => ({ url: `/v1/folders/${await make.folder()}` })],
  listLinks: ['none', () => ({ url: '/v1/links' })],
  createLink: [
    'operator',
    async (make) => ({
      url: '/v1/links',
      body: { path: `/${make.name()}`, targets: [{ shareId: Number(await make.share()) }] },
    }),
  ],
  getLink: ['viewer', async (make) => ({ url: `/v1/links/${await make.link()}` })],
  updateLink: [
    'operator',
    async (make) => ({ url: `/v1/links/${await make.link()}`, body: { labels: { team: 'a' } } }),
  ],
  moveLink: [
    'operator',
    async (make) => ({
      url: `/v1/links/${await make.link()}/move`,
      body: { to: `/${make.name()}`, aliasSeconds: 60 },
    }),
  ],
  deleteLink: ['operator', async (make) => ({ url: `/v1/links/${await make.link()}` })],
  addTarget: [
    'operator',
    async (make) => ({
      url: `/v1/links/${await make.link()}/targets`,
      body: { shareId: Number(await make.share()) },
    }),
  ],
  updateTarget: [
    'operator',
    async (make) => ({ url: `/v1/links/${await make.target()}`, body: { state: 'offline' } }),
  ],
  removeTarget: ['operator', async (make) => ({ url: `/v1/links/${await make.target()}` })],

  listShares: ['none', () => ({ url: '/v1/shares' })],
  listTombstones: ['none', () => ({ url: '/v1/tombstones' })],
  getShare: ['viewer', async (make) => ({ url: `/v1/shares/${await make.share()}` })],
  createShare: ['operator', (make) => ({ url: '/v1/shares', body: { path: `/${make.name()}` } })],
  updateShare: [
    'operator',
    async (make) => ({ url: `/v1/shares/${await make.share()}`, body: { readOnly: true } }),
  ],
  moveShare: [
    'operator',
    async (make) => ({ url: `/v1/shares/${await make.share()}/move`, body: { to: `/${make.name()}` } }),
  ],
  deleteShare: ['operator', async (make) => ({ url: `/v1/shares/${await make.share()}` })],
  undeleteShare: [
    'operator',
    async (make) => ({ url: `/v1/shares/${await make.tombstone()}/undelete`, body: {} }),
  ],
  purgeShare: ['operator', async (make) => ({ url: `/v1/shares/${await make.tombstone()}/purge` })],
  listShareWorkloads: ['viewer', async (make) => ({ url: `/v1/shares/${await make.share()}/workloads` })],
  getMountLines: ['viewer', async (make) => ({ url: `/v1/shares/${await make.share()}/mount` })],
  getKubernetesVolume: ['viewer', async (make) => ({ url: `/v1/shares/${await make.share()}/kubernetes` })],
  issueTicket: [
    'workload',
    async (make) => ({
      url: '/v1/mounts',
      body: { path: '/finance' },
      token: (await make.workload()).text,
    }),
  ],

  listSnapshots: ['none', () => ({ url: '/v1/snapshots' })],
  listShareSnapshots: ['viewer', async (make) => ({ url: `/v1/shares/${await make.share()}/snapshots` })],
  getSnapshotCost: ['operator', async (make) => ({ url: `/v1/shares/${await make.share()}/snapshot-cost` })],
  getSnapshot: ['viewer', async (make) => ({ url: `/v1/snapshots/${await make.snapshot()}` })],
  getSnapshotUsage: ['viewer', async (make) => ({ url: `/v1/snapshots/${await make.snapshot()}/usage` })],
  getSnapshotManifest: [
    'operator',
    async (make) => ({ url: `/v1/snapshots/${await make.snapshot()}/manifest` }),
  ],
  createSnapshot: [
    'operator',
    async (make) => ({ url: `/v1/shares/${await make.share()}/snapshots`, body: { labels: { a: 'b' } } }),
  ],
  createSnapshotGroup: [
    'operator',
    async (make) => ({
      url: '/v1/snapshot-groups',
      body: { shares: [Number(await make.share()), Number(await make.share())] },
    }),
  ],
  getSnapshotChanges: [
    'operator',
    async (make) => {
      const id = await make.snapshot()
      return { url: `/v1/snapshots/${id}/changes?since=${id}` }
    },
  ],
  listSnapshotJobs: ['none', () => ({ url: '/v1/snapshot-jobs' })],
  abortSnapshotJob: ['operator', async (make) => ({ url: `/v1/snapshot-jobs/${await make.snapshotJob()}` })],
  restoreSnapshot: [
    'operator',
    async (make) => ({
      url: `/v1/snapshots/${await make.snapshot()}/restore`,
      body: { onConflict: 'replace' },
    }),
  ],
  cloneSnapshot: [
    'operator',
    async (make) => ({
      url: `/v1/snapshots/${await make.snapshot()}/clone`,
      body: { path: `/finance/${make.name()}` },
    }),
  ],
  moveShareToStore: [
    'operator',
    async (make) => ({
      url: `/v1/shares/${await make.share()}/move-store`,
      body: { store: await make.store() },
    }),
  ],
  listMoveJobs: ['none', () => ({ url: '/v1/move-jobs' })],
  abortMoveJob: ['operator', async (make) => ({ url: `/v1/move-jobs/${await make.moveJob()}` })],
  listRestoreJobs: ['none', () => ({ url: '/v1/restore-jobs' })],
  abortRestoreJob: ['operator', async (make) => ({ url: `/v1/restore-jobs/${await make.restoreJob()}` })],
  exportSnapshot: ['operator', async (make) => ({ url: `/v1/snapshots/${await make.snapshot()}/tar` })],
  importDirectory: [
    'operator',
    (make) => ({
      url: '/v1/imports/directory',
      body: { path: `/finance/${make.name()}`, directory: make.directory(), mode: 'copy' },
    }),
  ],
  importDockerVolumes: [
    'operator',
    async (make) => {
      await make.docker()
      return { url: '/v1/imports/docker', body: {} }
    },
  ],
  importTar: [
    'operator',
    (make) => ({
      url: `/v1/imports/tar?path=/finance/${make.name()}`,
      // Two blocks of zeros: the end of a tar.
      body: Buffer.alloc(1024),
      headers: { 'content-type': 'application/x-tar' },
    }),
  ],
  listImportJobs: ['none', () => ({ url: '/v1/import-jobs' })],
  getImportJob: ['viewer', async (make) => ({ url: `/v1/import-jobs/${await make.importJob()}` })],
  abortImportJob: ['operator', async (make) => ({ url: `/v1/import-jobs/${await make.importJob()}` })],
  updateSnapshot: [
    'operator',
    async (make) => ({ url: `/v1/snapshots/${await make.snapshot()}`, body: { description: 'd' } }),
  ],
  renameSnapshot: [
    'operator',
    async (make) => ({ url: `/v1/snapshots/${await make.snapshot()}/rename`, body: { name: 'a' } }),
  ],
  holdSnapshot: [
    'operator',
    async (make) => ({ url: `/v1/snapshots/${await make.snapshot()}/hold`, body: { reason: 'r' } }),
  ],
  releaseSnapshot: ['operator', async (make) => ({ url: `/v1/snapshots/${await make.snapshot()}/hold` })],
  deleteSnapshot: ['operator', async (make) => ({ url: `/v1/snapshots/${await make.snapshot()}?last=true` })],
  listSchedules: ['viewer', () => ({ url: '/v1/schedules' })],
  createSchedule: [
    'operator',
    (make) => ({
      url: '/v1/schedules',
      body: { name: make.name(), cron: '@yearly', selector: { path: '/' }, retention: { daily: 7 } },
    }),
  ],
  getSchedule: ['viewer', async (make) => ({ url: `/v1/schedules/${await make.schedule()}` })],
  previewSchedule: ['viewer', async (make) => ({ url: `/v1/schedules/${await make.schedule()}/preview` })],
  updateSchedule: [
    'operator',
    async (make) => ({ url: `/v1/schedules/${await make.schedule()}`, body: { enabled: false } }),
  ],
  runSchedule: ['operator', async (make) => ({ url: `/v1/schedules/${await make.schedule()}/run` })],
  deleteSchedule: ['operator', async (make) => ({ url: `/v1/schedules/${await make.schedule()}` })],

  listRepositories: ['viewer', () => ({ url: '/v1/repositories' })],
  createRepository: ['owner', (make) => ({ url: '/v1/repositories', body: make.newRepository() })],
  getRepository: ['viewer', async (make) => ({ url: `/v1/repositories/${await make.repository()}` })],
  updateRepository: [
    'owner',
    async (make) => ({ url: `/v1/repositories/${await make.repository()}`, body: { description: 'd' } }),
  ],
  deleteRepository: [
    'owner',
    async (make) => ({ url: `/v1/repositories/${await make.anotherRepository()}` }),
  ],
  checkRepository: [
    'operator',
    async (make) => ({ url: `/v1/repositories/${await make.repository()}/check`, body: {} }),
  ],
  pruneRepository: [
    'operator',
    async (make) => ({ url: `/v1/repositories/${await make.repository()}/prune` }),
  ],
  scanRepository: ['operator', async (make) => ({ url: `/v1/repositories/${await make.repository()}/scan` })],
  unlockRepository: [
    'operator',
    async (make) => ({ url: `/v1/repositories/${await make.repository()}/unlock` }),
  ],
  forgetBackups: [
    'operator',
    async (make) => ({
      url: `/v1/repositories/${await make.repository()}/forget`,
      body: { retention: { last: 100 } },
    }),
  ],
  restoreBackups: [
    'operator',
    async (make) => {
      const backups = [(await make.backup()).id]
      const pathPrefix = `/restored/${make.name()}`
      return { url: `/v1/repositories/${await make.repository()}/restore`, body: { backups, pathPrefix } }
    },
  ],
  listBackups: ['none', () => ({ url: '/v1/backups' })],
  getBackup: ['viewer', async (make) => ({ url: `/v1/backups/${(await make.backup()).id}` })],
  createBackups: [
    'operator',
    async (make) => ({
      url: '/v1/backups',
      body: { repository: await make.repository(), shares: [Number(await make.share())] },
    }),
  ],
  restoreBackupFiles: [
    'operator',
    async (make) => ({ url: `/v1/backups/${(await make.backup()).id}/restore`, body: { path: 'a' } }),
  ],
  reportUnprotected: ['none', () => ({ url: '/v1/reports/unprotected' })],
  listBackupJobs: ['none', () => ({ url: '/v1/backup-jobs' })],
  getBackupJob: ['viewer', async (make) => ({ url: `/v1/backup-jobs/${(await make.backup()).jobId}` })],
  abortBackupJob: ['operator', async (make) => ({ url: `/v1/backup-jobs/${await make.backupJob()}` })],

  listStores: ['viewer', () => ({ url: '/v1/stores' })],
  addStore: [
    'operator',
    (make) => ({ url: '/v1/stores', body: { name: make.name(), directory: make.directory() } }),
  ],
  getStore: ['viewer', () => ({ url: '/v1/stores/default' })],
  updateStore: [
    'operator',
    async (make) => ({ url: `/v1/stores/${await make.store()}`, body: { classes: ['fast'] } }),
  ],
  removeStore: ['operator', async (make) => ({ url: `/v1/stores/${await make.store()}` })],

  listApplications: ['viewer', () => ({ url: '/v1/applications' })],
  createApplication: [
    'operator',
    (make) => ({ url: '/v1/applications', body: { name: make.name(), owner: 'ada' } }),
  ],
  getApplication: ['viewer', async (make) => ({ url: `/v1/applications/${await make.application()}` })],
  updateApplication: [
    'operator',
    async (make) => ({ url: `/v1/applications/${await make.application()}`, body: { owner: 'grace' } }),
  ],
  retireApplication: [
    'operator',
    async (make) => ({ url: `/v1/applications/${await make.application()}/retire` }),
  ],
  reviveApplication: [
    'operator',
    async (make) => ({ url: `/v1/applications/${await make.application()}/revive` }),
  ],
  listApplicationData: [
    'viewer',
    async (make) => ({ url: `/v1/applications/${await make.application()}/data` }),
  ],
  listApplicationWorkloads: [
    'viewer',
    async (make) => ({ url: `/v1/applications/${await make.application()}/workloads` }),
  ],
  listOrphans: ['viewer', () => ({ url: '/v1/orphans?days=0' })],
  listOwners: ['viewer', async (make) => ({ url: `/v1/owners?share=${await make.share()}` })],
  listManifests: [
    'viewer',
    async (make) => ({ url: `/v1/applications/${await make.application()}/manifests` }),
  ],
  putManifest: [
    'operator',
    async (make) => ({
      url: `/v1/applications/${await make.application()}/manifests/a.yaml`,
      body: { content: 'kind: Pod' },
    }),
  ],
  getManifest: ['viewer', async (make) => ({ url: `/v1/applications/${await make.manifest()}` })],
  listManifestVersions: [
    'viewer',
    async (make) => ({ url: `/v1/applications/${await make.manifest()}/versions` }),
  ],

  listTokens: ['viewer', () => ({ url: '/v1/tokens' })],
  createToken: ['operator', () => ({ url: '/v1/tokens', body: { name: 'a', subject: 'app:payroll' } })],
  getToken: ['viewer', async (make) => ({ url: `/v1/tokens/${await make.token()}` })],
  updateToken: [
    'operator',
    async (make) => ({ url: `/v1/tokens/${await make.token()}`, body: { name: 'b' } }),
  ],
  rotateToken: [
    'operator',
    async (make) => ({ url: `/v1/tokens/${await make.token()}/rotate`, body: { overlapSeconds: 60 } }),
  ],
  revokeToken: ['operator', async (make) => ({ url: `/v1/tokens/${await make.token()}` })],
  listHosts: ['viewer', () => ({ url: '/v1/hosts' })],
  createHost: [
    'operator',
    (make) => ({ url: '/v1/hosts', body: { network: make.network(), subject: 'app:payroll' } }),
  ],
  getHost: ['viewer', async (make) => ({ url: `/v1/hosts/${await make.host()}` })],
  updateHost: [
    'operator',
    async (make) => ({ url: `/v1/hosts/${await make.host()}`, body: { subject: 'app:billing' } }),
  ],
  removeHost: ['operator', async (make) => ({ url: `/v1/hosts/${await make.host()}` })],

  listGrants: ['viewer', () => ({ url: '/v1/grants' })],
  getGrant: ['viewer', async (make) => ({ url: `/v1/grants/${await make.grant()}` })],
  endGrant: ['operator', async (make) => ({ url: `/v1/grants/${await make.grant()}` })],
  listClients: ['viewer', () => ({ url: '/v1/clients' })],
  disconnectClient: ['operator', (make) => ({ url: `/v1/clients/${make.client()}` })],
  listAudit: ['viewer', () => ({ url: '/v1/audit' })],
  verifyAudit: ['viewer', () => ({ url: '/v1/audit/verify' })],

  listRules: ['viewer', () => ({ url: '/v1/rules' })],
  getRule: ['viewer', async (make) => ({ url: `/v1/rules/${await make.ruleId()}` })],
  listRoles: ['viewer', () => ({ url: '/v1/roles' })],
  explainPolicy: [
    'viewer',
    () => ({ url: '/v1/policy/explain?subject=app%3Apayroll&path=/finance&action=read' }),
  ],
  addRule: ['owner', (make) => ({ url: '/v1/rules', body: make.rule() })],
  replaceRules: [
    'owner',
    () => ({
      url: '/v1/rules?dryRun=true',
      body: { rules: [{ kind: 'g', subject: 'admin:owner', object: 'role:owner' }] },
    }),
  ],
  removeRule: ['owner', async (make) => ({ url: `/v1/rules/${await make.ruleId()}` })],
  listAdmins: ['viewer', () => ({ url: '/v1/admins' })],
  getAdmin: ['viewer', async (make) => ({ url: `/v1/admins/${await make.admin()}` })],
  createAdmin: ['owner', (make) => ({ url: '/v1/admins', body: { name: make.name() } })],
  updateAdmin: [
    'owner',
    async (make) => ({ url: `/v1/admins/${await make.admin()}`, body: { networks: ['10.0.0.0/8'] } }),
  ],
  rotateAdmin: [
    'owner',
    async (make) => ({ url: `/v1/admins/${await make.admin()}/rotate`, body: { overlapSeconds: 0 } }),
  ],
  revokeAdmin: ['owner', async (make) => ({ url: `/v1/admins/${await make.admin()}` })],
  exportCatalog: ['owner', () => ({ url: '/v1/catalog/export' })],
}
