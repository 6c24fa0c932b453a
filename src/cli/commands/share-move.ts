import type { Command } from 'commander'
import { dataOf, type BerthClient, type Schemas } from '../../client/index.ts'
import { gatewayCommand, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { formatBytes, formatTime } from '../output/values.ts'
import { allPages } from '../pages.ts'
import { withProgress } from '../progress.ts'
import { shareArgument, shareCalled } from '../references.ts'

/** A large share takes its time. */
const moveTimeoutMs = 24 * 3_600_000

/** `berth share move-store`, and what goes on of it. */
export function storeMoveCommands(share: Command): void {
  gatewayCommand(share, 'move-store', 'put a share into another store while clients use it')
    .argument('<share>', shareArgument)
    .argument('<store>', 'name of the store that it goes to')
    .option('-n, --dry-run', 'only say what would be done')
    .action(moveStore)
  gatewayCommand(share, 'moves', 'list shares that are being moved to another store').action(listMoves)
  gatewayCommand(share, 'abort-move', 'end a move to another store early: the share stays where it is')
    .argument('<move>', 'id of the move: berth share moves')
    .action(async (id: string, flags: GatewayFlags) => {
      const { api, out } = openSession(flags)
      await dataOf(api.DELETE('/v1/move-jobs/{id}', { params: { path: { id } } }))
      out.done(undefined, 'the move ends; the share is where it was', id)
    })
}

async function moveStore(
  reference: string,
  store: string,
  flags: GatewayFlags & { readonly dryRun?: boolean },
): Promise<void> {
  const { api, out } = openSession(flags, moveTimeoutMs)
  const { id, path } = await shareCalled(api, reference)
  const params = { path: { id }, query: given({ dryRun: flags.dryRun }) }
  const work = dataOf(api.POST('/v1/shares/{id}/move-store', { params, body: { store } }))
  const done = await withProgress(`moving ${path} to ${store}`, work, () => stageOf(api, id))
  out.done(done, 'heldMs' in done ? movedText(done) : planText(done), id)
}

function movedText({ path, to, files, bytes, heldMs }: Schemas['MovedShare']): string {
  return `share ${path} is in store ${to} now: ${files} files, ${formatBytes(bytes)}; clients waited for ${heldMs} ms`
}

function planText({
  path,
  from,
  to,
  files,
  bytes,
  freeBytes,
  keepsHandles,
}: Schemas['StoreMovePlan']): string {
  const what = `${formatBytes(bytes)} in ${files} files`
  const then = keepsHandles ? 'clients go on' : 'clients mount again'
  return `would move ${path} (${what}) from ${from} to ${to}, which has ${formatBytes(freeBytes)} free; ${then}`
}

async function listMoves(flags: GatewayFlags): Promise<void> {
  const { api, out } = openSession(flags)
  out.list(
    await jobsOf(api),
    [
      { title: 'ID', of: ({ id }) => id },
      { title: 'SHARE', of: ({ path }) => path },
      { title: 'FROM', of: ({ from }) => from },
      { title: 'TO', of: ({ to }) => to },
      { title: 'STAGE', of: jobText },
      { title: 'STARTED', of: ({ startedAt }) => formatTime(startedAt) },
      { title: 'BY', of: ({ createdBy }) => createdBy },
    ],
    { empty: 'No share is being moved to another store.' },
  )
}

function jobsOf(api: BerthClient): Promise<Schemas['MoveJob'][]> {
  return allPages((query) => dataOf(api.GET('/v1/move-jobs', { params: { query } })))
}

async function stageOf(api: BerthClient, share: number): Promise<string> {
  const job = (await jobsOf(api)).find((one) => one.share === share)
  return job === undefined ? '' : jobText(job)
}

function jobText({ phase, files, bytes, rounds }: Schemas['MoveJob']): string {
  const caughtUp = rounds === 0 ? '' : `, round ${rounds}`
  return files === 0 ? phase : `${phase}, ${files} files, ${formatBytes(bytes)}${caughtUp}`
}
