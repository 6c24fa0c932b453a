import { InvalidArgumentError, type Command } from 'commander'
import { dataOf, planOf } from '../../client/index.ts'
import { requireConsent } from '../consent.ts'
import { gatewayCommand, group, openSession, type GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { parseNumber } from '../inputs.ts'
import { ifVersion, withDeletion, type DeletionFlags } from '../options.ts'
import { nodeCalled } from '../references.ts'
import { linkArgument, targetOf, targetText, withTarget, type TargetFlags } from './target-content.ts'

/** `berth link target`: where a link leads. */
export function targetCommands(link: Command): void {
  const target = group(link, 'target', 'targets: where a link leads; berth link show lists them')
  addCommand(target)
  updateCommand(target)
  removeCommand(target)
}

function addCommand(target: Command): void {
  const command = gatewayCommand(target, 'add', 'let a link lead to one more')
    .argument('<link>', linkArgument)
    .argument('<target>', 'path or number of a share, or GATEWAY:/PATH')
  withTarget(command).action(async (reference: string, text: string, flags: GatewayFlags & TargetFlags) => {
    const { api, out } = openSession(flags)
    const found = await nodeCalled(api, 'link', reference)
    const body = await targetOf(api, text, flags)
    const params = { path: { id: found.id }, header: ifVersion(found) }
    const made = await dataOf(api.POST('/v1/links/{id}/targets', { params, body }))
    out.done(made, `${found.path} leads to ${targetText(made)} too, target ${made.id}`, made.id)
  })
}

function updateCommand(target: Command): void {
  const command = gatewayCommand(target, 'update', 'change the state or priority of a target')
    .argument('<link>', linkArgument)
    .argument('<target>', 'number of the target', parseTarget)
  withTarget(command).action(async (reference: string, number: number, flags: GatewayFlags & TargetFlags) => {
    const { api, out } = openSession(flags)
    const found = await nodeCalled(api, 'link', reference)
    const changed = await dataOf(
      api.PATCH('/v1/links/{id}/targets/{target}', {
        params: { path: { id: found.id, target: number }, header: ifVersion(found) },
        body: given({ state: flags.state, priority: flags.priority }),
      }),
    )
    const what = `${targetText(changed)} is ${changed.state}, priority ${changed.priority}`
    out.done(changed, `${found.path}: ${what}`, changed.id)
  })
}

function removeCommand(target: Command): void {
  const command = gatewayCommand(target, 'remove', 'let a link no longer lead there')
    .argument('<link>', linkArgument)
    .argument('<target>', 'number of the target', parseTarget)
  withDeletion(command).action(
    async (reference: string, number: number, flags: GatewayFlags & DeletionFlags) => {
      const { api, out } = openSession(flags)
      const found = await nodeCalled(api, 'link', reference)
      const path = { id: found.id, target: number }
      const query = { dryRun: true }
      const plan = await planOf(api.DELETE('/v1/links/{id}/targets/{target}', { params: { path, query } }))
      const what = `target ${number} (${targetText(plan)}) of ${found.path}`
      if (flags.dryRun) {
        out.done(plan, `would remove ${what}`, number)
        return
      }
      await requireConsent(`remove ${what}`, flags)
      const params = { path, header: ifVersion(found) }
      await dataOf(api.DELETE('/v1/links/{id}/targets/{target}', { params }))
      out.done(undefined, `removed ${what}`, number)
    },
  )
}

function parseTarget(text: string): number {
  const number = parseNumber(text)
  if (number > 0) return number
  throw new InvalidArgumentError('Give the number that berth link show tells.')
}
