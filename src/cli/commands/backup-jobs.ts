import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { dataOf, type BerthClient, type Schemas } from '../../client/index.ts'
import { CommandError } from '../command-error.ts'
import { ExitCode } from '../exit-code.ts'
import { gatewayCommand, openSession, type GatewayFlags } from '../gateway-command.ts'
import { formatBytes, formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { bar, withProgress } from '../progress.ts'

export type Job = Schemas['BackupJob']

/** How often it is asked whether a job has ended: soon at first, since most of them are short. */
const askEveryMs = { least: 100, most: 1000 }

/** `berth backup jobs` and `berth backup abort`: what goes on with repositories. */
export function backupJobCommands(backup: Command): void {
  gatewayCommand(backup, 'jobs', 'list what goes on with repositories, or ended lately')
    .option('--running', 'only what goes on or waits')
    .action(async (flags: GatewayFlags & { readonly running?: boolean }) => {
      const { api, out } = openSession(flags)
      const all = await allJobs(api)
      out.list(
        all.filter((job) => flags.running !== true || !hasEnded(job)),
        [
          { title: 'ID', of: ({ id }) => id },
          { title: 'KIND', of: ({ kind }) => kind },
          { title: 'REPOSITORY', of: ({ repository }) => repository.name },
          { title: 'SHARE', of: ({ path }) => path },
          { title: 'STATE', of: stateText },
          { title: 'SINCE', of: ({ startedAt }) => formatTime(startedAt, 'seconds') },
          { title: 'BY', of: ({ createdBy }) => createdBy },
          { title: 'MESSAGE', of: ({ message }) => message },
        ],
        { empty: 'Nothing goes on.' },
      )
    })
  gatewayCommand(backup, 'abort', 'end what goes on with a repository early')
    .argument('<job>', 'id, as berth backup jobs lists it')
    .action(async (id: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      await dataOf(api.DELETE('/v1/backup-jobs/{id}', { params: { path: { id } } }))
      out.done(undefined, `job ${id} is aborted`, id)
    })
}

/**
 * Awaits the end of jobs. Who sits at a terminal sees how far they are; who interrupts it leaves them to the gateway.
 * @returns them as they ended, in the order given.
 */
export async function endOf(api: BerthClient, jobs: readonly Job[], what: string): Promise<Job[]> {
  const latest = new Map(jobs.map((job) => [job.id, job]))
  const ended = async (): Promise<Job[]> => {
    let everyMs = askEveryMs.least
    for (;;) {
      const left = [...latest.values()].filter((job) => !hasEnded(job))
      if (left.length === 0) return [...latest.values()]
      await sleep(everyMs)
      everyMs = Math.min(everyMs * 1.5, askEveryMs.most)
      for (const job of await newsOf(api, left)) latest.set(job.id, job)
    }
  }
  return withProgress(what, ended(), () => Promise.resolve(progressOf([...latest.values()])))
}

/** @throws {CommandError} if one of them failed: what it is about stands in its message. */
export function requireDone(jobs: readonly Job[]): void {
  const failed = jobs.filter(({ state }) => state === 'failed')
  if (failed.length === 0) return
  const [first] = failed
  const rest = failed.length === 1 ? '' : ` (and ${failed.length - 1} more: berth backup jobs)`
  throw new CommandError(ExitCode.failed, `${aboutText(first!)}: ${first!.message}${rest}`)
}

export function aboutText({ kind, path, repository }: Job): string {
  return path === null ? `${kind} of ${repository.name}` : `${kind} of ${path} (${repository.name})`
}

/** Of many, one list tells more than an answer for each; what is too old for it is refused by its id. */
async function newsOf(api: BerthClient, jobs: readonly Job[]): Promise<Job[]> {
  const listed = jobs.length === 1 ? [] : await allJobs(api)
  const byId = new Map(listed.map((job) => [job.id, job]))
  return Promise.all(jobs.map(async ({ id }) => byId.get(id) ?? jobOf(api, id)))
}

function jobOf(api: BerthClient, id: string): Promise<Job> {
  return dataOf(api.GET('/v1/backup-jobs/{id}', { params: { path: { id } } }))
}

function allJobs(api: BerthClient): Promise<Job[]> {
  return allPages((query) => dataOf(api.GET('/v1/backup-jobs', { params: { query } })))
}

function hasEnded({ state }: Job): boolean {
  return state === 'done' || state === 'failed'
}

function stateText(job: Job): string {
  return job.state === 'running'
    ? [job.phase, amountText(job)].filter((text) => text !== '').join(': ')
    : job.state
}

/** What is done of all that is asked for, and how far the first that runs is. */
function progressOf(jobs: readonly Job[]): string {
  const done = jobs.filter(hasEnded).length
  const running = jobs.find(({ state }) => state === 'running')
  const parts = [
    jobs.length > 1 && `${done} of ${jobs.length} done`,
    running === undefined ? 'waiting for its turn' : running.phase,
    jobs.length > 1 && running?.path,
    running !== undefined && barOf(running),
    running !== undefined && amountText(running),
  ]
  return parts.filter((text) => typeof text === 'string' && text !== '').join(', ')
}

function barOf({ bytes }: Job): string {
  return bytes.total === null || bytes.total === 0 ? '' : bar(bytes.done / bytes.total)
}

function amountText({ files, bytes }: Job): string {
  if (files.done + bytes.done === 0) return ''
  const of = (done: string, total: string | undefined) => (total === undefined ? done : `${done} of ${total}`)
  const total = bytes.total === null ? undefined : formatBytes(bytes.total)
  return `${of(String(files.done), files.total?.toString())} files, ${of(formatBytes(bytes.done), total)}`
}
