import type { Command } from 'commander'
import type { BerthClient, Schemas } from '../../client/index.ts'
import { usageError } from '../command-error.ts'
import { given } from '../given.ts'
import { parseNumber } from '../inputs.ts'
import { choice } from '../options.ts'
import { shareCalled } from '../references.ts'

export const linkArgument = 'path or number of the link'

export function targetText({ shareId, gateway, path }: Schemas['Target']): string {
  return shareId === null ? `${gateway ?? ''}:${path ?? ''}` : `share ${shareId}`
}

export interface TargetFlags {
  readonly priority?: number
  readonly state?: Schemas['Target']['state']
}

export function withTarget(command: Command): Command {
  return command
    .addOption(choice('--state <state>', 'of the target', ['online', 'read-only', 'draining', 'offline']))
    .option('--priority <number>', 'lower is tried first', parseNumber)
}

/** Where a link shall lead: a share here, or `GATEWAY:/PATH`. */
export async function targetOf(
  api: BerthClient,
  text: string,
  { state, priority }: TargetFlags,
): Promise<Schemas['NewTarget']> {
  const how = given({ state, priority })
  if (/^(\/|\d+$)/.test(text)) return { shareId: (await shareCalled(api, text)).id, ...how }
  const [, gateway, path] = /^([^/]+):(\/.*)$/.exec(text) ?? []
  if (gateway === undefined || path === undefined)
    throw usageError(`'${text}' leads nowhere: give a share by path or number, or GATEWAY:/PATH`)
  return { gateway, path, ...how }
}
