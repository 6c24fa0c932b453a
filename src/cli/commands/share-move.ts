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
  const what = `${formatBytes(done.bytes)} in ${done.files} files`
  const sentence =
    flags.dryRun !== true
      ? `share ${done.path} is in store ${done.to} now: ${what}; clients waited for ${done.heldMs} ms`
      : `would move ${done.path} (${what}) from ${done.from} to ${done.to}, with ${formatBytes(done.freeBytes)} free; ` +
        (done.keepsHandles ? 'clients go on' : 'clients mount again')
  out.done(done, sentence, id)
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
