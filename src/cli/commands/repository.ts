import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { dataOf, planOf, type BerthClient, type Schemas } from '../../client/index.ts'
import { usageError } from '../command-error.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { ifVersion, withDeletion, type DeletionFlags } from '../options.ts'
import type { Field } from '../output/table.ts'
import { formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { endOf, requireDone, type Job } from './backup-jobs.ts'

export const repositoryArgument = 'name or id of the repository'

type Repository = Schemas['Repository']
type Source = Schemas['RepositorySecrets']['password']

/** `berth repository`: where restic keeps backups. */
export function repositoryCommands(program: Command): void {
  const repository = group(program, 'repository', 'repositories: where restic keeps backups')
  listCommand(repository)
  showCommand(repository)
  addCommand(repository)
  editCommand(repository)
  checkCommand(repository)
  jobCommand(repository, 'prune', 'let restic remove what no backup needs any more')
  jobCommand(repository, 'scan', 'find the backups of a repository, whoever made them')
  jobCommand(
    repository,
    'unlock',
    'remove locks that a restic which died has left; only if none is at work there',
  )
  deleteCommand(repository)
}

function listCommand(repository: Command): void {
  gatewayCommand(repository, 'list', 'list repositories').action(async (flags: GatewayFlags) => {
    const { api, out } = openSession(flags)
    const items = await allPages((query) => dataOf(api.GET('/v1/repositories', { params: { query } })))
    out.list(
      items,
      [
        { title: 'NAME', of: ({ name }) => name },
        { title: 'URL', of: ({ url }) => url },
        { title: 'CHECKED', of: ({ checkedAt }) => formatTime(checkedAt) },
        { title: 'RESULT', of: ({ checkResult }) => checkResult },
        { title: 'PRUNED', of: ({ prunedAt }) => formatTime(prunedAt) },
      ],
      { empty: 'No repositories. Add one: berth repository add NAME URL --password-file FILE' },
    )
  })
}

function showCommand(repository: Command): void {
  gatewayCommand(repository, 'show', 'show a repository')
    .argument('<repository>', repositoryArgument)
    .action(async (reference: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      const found = await repositoryCalled(api, reference)
      out.show(found, fieldsOf(found))
    })
}

function fieldsOf(found: Repository): Field[] {
  const { password, environment = {} } = found.secrets
  return [
    ['name', found.name],
    ['id', found.id],
    ['url', found.url],
    ['description', found.description],
    ['password', sourceText(password)],
    ...Object.entries(environment).map(([name, source]): Field => [name, sourceText(source)]),
    ['added', `${formatTime(found.createdAt) ?? ''} by ${found.createdBy}`],
    ['changed', formatTime(found.changedAt)],
    ['checked', found.checkedAt && `${formatTime(found.checkedAt) ?? ''}: ${found.checkResult ?? ''}`],
    ['pruned', formatTime(found.prunedAt)],
    ['scanned', formatTime(found.scannedAt)],
  ]
}

function sourceText(source: Source): string {
  return 'file' in source ? `in ${source.file}` : `in the variable ${source.env}`
}

/** Where secrets come from. */
interface SecretFlags {
  readonly passwordFile?: string
  readonly passwordEnv?: string
  readonly secret?: Readonly<Record<string, Source>>
}

function withSecrets(command: Command): Command {
  return command
    .option('--password-file <file>', "file of the gateway's directory of secrets that has the password")
    .option('--password-env <name>', 'variable of the gateway that has it: RESTIC_…')
    .option(
      '--secret <variable=source>',
      'what restic gets besides: AWS_ACCESS_KEY_ID=file:FILE or =env:NAME; may be repeated',
      collectSecret,
    )
}

function collectSecret(
  text: string,
  before: Readonly<Record<string, Source>> = {},
): Readonly<Record<string, Source>> {
  const [, name, kind, value] = /^([A-Z0-9_]+)=(file|env):(.+)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('Give VARIABLE=file:FILE or VARIABLE=env:NAME: no secret itself.')
  return { ...before, [name]: kind === 'file' ? { file: value } : { env: value } }
}

function passwordOf({ passwordFile, passwordEnv }: SecretFlags): Source | undefined {
  if (passwordFile !== undefined && passwordEnv !== undefined)
    throw usageError('--password-file and --password-env are two places: name one')
  if (passwordFile !== undefined) return { file: passwordFile }
  return passwordEnv === undefined ? undefined : { env: passwordEnv }
}

interface AddFlags extends GatewayFlags, SecretFlags {
  readonly description?: string
  /** Commander's form of `--no-init`. */
  readonly init: boolean
}

function addCommand(repository: Command): void {
  const command = gatewayCommand(repository, 'add', 'add a repository; where there is none, it is made')
    .argument('<name>', 'its name: offsite')
    .argument(
      '<url>',
      'as restic has it: /srv/restic, sftp:user@host:/path, rest:https://host/, s3:https://host/bucket',
    )
  withSecrets(command)
    .option('--description <text>', 'what it is for')
    .option('--no-init', 'it must be there already')
    .addHelpText('after', addHelp)
    .action(async (name: string, url: string, flags: AddFlags) => {
      const { api, out } = openSession(flags)
      const password = passwordOf(flags)
      if (password === undefined)
        throw usageError('name its password: --password-file FILE or --password-env NAME')
      const { secret: environment, description, init } = flags
      const secrets = { password, ...given({ environment }) }
      const body = { name, url, secrets, initialize: init, ...given({ description }) }
      const made = await dataOf(api.POST('/v1/repositories', { body }))
      out.done(made, `repository ${made.name} is added: ${made.url}`, made.name)
    })
}

const addHelp = `
Secrets are named, never given: the gateway reads them from its directory of secrets (DATA/secrets, or
backups.secrets in the config file) or from its environment each time.

Examples:
  berth repository add disk /srv/restic --password-file restic
  berth repository add offsite s3:https://s3.example/berth --password-file restic \\
    --secret AWS_ACCESS_KEY_ID=file:s3-id --secret AWS_SECRET_ACCESS_KEY=file:s3-key
`

interface EditFlags extends GatewayFlags, SecretFlags {
  readonly name?: string
  readonly place?: string
  readonly description?: string
}

function editCommand(repository: Command): void {
  const command = gatewayCommand(repository, 'edit', 'change a repository; what is not named stays')
    .argument('<repository>', repositoryArgument)
    .option('--name <name>', 'another name')
    // Not --url: that is the gateway's.
    .option('--place <url>', 'where it is now')
  withSecrets(command)
    .option('--description <text>', 'what it is for')
    .action(async (reference: string, flags: EditFlags) => {
      const { api, out } = openSession(flags)
      const found = await repositoryCalled(api, reference)
      const { name, place: url, description, secret } = flags
      const password = passwordOf(flags)
      const isSecretGiven = password !== undefined || secret !== undefined
      const secrets = isSecretGiven
        ? {
            password: password ?? found.secrets.password,
            environment: { ...found.secrets.environment, ...secret },
          }
        : undefined
      const params = { path: { repository: found.id }, header: ifVersion(found) }
      const body = given({ name, url, description, secrets })
      const changed = await dataOf(api.PATCH('/v1/repositories/{repository}', { params, body }))
      out.done(changed, `repository ${changed.name} is changed`, changed.name)
    })
}

interface WaitFlags extends GatewayFlags {
  /** Commander's form of `--no-wait`. */
  readonly wait: boolean
}

function checkCommand(repository: Command): void {
  waitingCommand(repository, 'check', 'let restic look for damage in a repository')
    .option('--read-data', 'read all that is stored, which takes its time')
    .action(async (reference: string, flags: WaitFlags & { readonly readData?: boolean }) => {
      const { readData } = flags
      await runJob(flags, `check of ${reference}`, (api) => {
        const params = { path: { repository: reference } }
        return dataOf(api.POST('/v1/repositories/{repository}/check', { params, body: given({ readData }) }))
      })
    })
}

function jobCommand(repository: Command, name: 'prune' | 'scan' | 'unlock', text: string): void {
  waitingCommand(repository, name, text).action((reference: string, flags: WaitFlags) =>
    runJob(flags, `${name} of ${reference}`, (api) => {
      const params = { path: { repository: reference } }
      return dataOf(api.POST(`/v1/repositories/{repository}/${name}`, { params }))
    }),
  )
}

function waitingCommand(repository: Command, name: string, text: string): Command {
  return gatewayCommand(repository, name, text)
    .argument('<repository>', repositoryArgument)
    .option('--no-wait', 'only begin it: berth backup jobs tells how far it is')
}

async function runJob(
  flags: WaitFlags,
  what: string,
  begin: (api: BerthClient) => Promise<Job>,
): Promise<void> {
  const { api, out } = openSession(flags)
  const begun = await begin(api)
  if (!flags.wait) {
    out.done(begun, `job ${begun.id} is begun`, begun.id)
    return
  }
  const [ended] = await endOf(api, [begun], what)
  requireDone([ended!])
  out.done(ended, `${what} is done${foundText(ended!)}`, begun.id)
}

function foundText({ report }: Job): string {
  if (report === null || !('found' in report)) return ''
  const { found, added, forgotten, passedOver } = report
  const others = passedOver > 0 ? `; ${passedOver} have tags that nobody understands` : ''
  return `: ${found} backups, ${added} of them not known before; ${forgotten} are there no more${others}`
}

function deleteCommand(repository: Command): void {
  const command = gatewayCommand(repository, 'delete', 'forget a repository; what is in it stays there')
    .argument('<repository>', repositoryArgument)
    .option('--force', 'although it holds backups')
  withDeletion(command).action(
    async (reference: string, flags: GatewayFlags & DeletionFlags & { readonly force?: boolean }) => {
      const { api, out } = openSession(flags)
      const found = await repositoryCalled(api, reference)
      const path = { repository: found.id }
      const { force } = flags
      if (flags.dryRun) {
        const params = { path, query: { dryRun: true, ...given({ force }) } }
        const plan = await planOf(api.DELETE('/v1/repositories/{repository}', { params }))
        out.done(plan, `would forget repository ${plan.name}; what is in ${plan.url} would stay`, plan.name)
        return
      }
      await requireConsent(`forget repository ${found.name}`, flags)
      const params = { path, query: given({ force }), header: ifVersion(found) }
      await dataOf(api.DELETE('/v1/repositories/{repository}', { params }))
      out.done(undefined, `repository ${found.name} is forgotten; what is in ${found.url} stays`, found.name)
    },
  )
}

/** By name or id. */
export function repositoryCalled(api: BerthClient, repository: string): Promise<Repository> {
  return dataOf(api.GET('/v1/repositories/{repository}', { params: { path: { repository } } }))
}
