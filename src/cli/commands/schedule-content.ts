import type { Command } from 'commander'
import type { Schemas } from '../../client/index.ts'
import { given } from '../given.ts'
import { collectLabel } from '../inputs.ts'
import { yamlIn } from '../yaml.ts'
import { textOf } from './manifest.ts'
import {
  backupRetentionOf,
  retentionOf,
  retentionUnlessAll,
  withRetention,
  type BackupKeepFlags,
  type KeepFlags,
} from './retention.ts'

/** What of a schedule can be chosen when it is made and changed later. */
export interface ScheduleContentFlags extends KeepFlags, BackupKeepFlags {
  readonly path?: string
  readonly label?: Record<string, string>
  readonly app?: string
  readonly timeZone?: string
  readonly group?: boolean
  readonly nameTemplate?: string
  readonly keepAll?: boolean
  /** Commander's form of `--no-repository`: false. */
  readonly repository?: string | false
  readonly backupKeepAll?: boolean
  readonly hooks?: string
  readonly description?: string
}

export function withScheduleContent(command: Command): Command {
  command
    .option('--path <path>', 'for this share, or all below this folder; / for all')
    .option('--label <key=value>', 'for shares with this label; may be repeated', collectLabel)
    .option('--app <name>', 'for shares of this application')
    .option('--time-zone <zone>', 'of its times and days: Europe/Berlin (default: UTC)')
    .option('--group', 'all its shares in one cut')
    .option('--no-group', 'each share in its own')
    .option('--name-template <text>', 'name of its snapshots: {schedule}-{time}, {date}')
  withRetention(command, '--keep', 'snapshots')
  command
    .option('--keep-all', 'snapshots: keep all, nothing is ever removed')
    .option('--repository <name>', 'back its snapshots up there')
    .option('--no-repository', 'back nothing up')
  withRetention(command, '--backup-keep', 'backups')
  return command
    .option('--backup-keep-all', 'backups: keep all, nothing is ever forgotten')
    .option('--hooks <file>', 'YAML or JSON {pre: […], post: […]}; - reads standard input')
    .option('--description <text>', 'what it is for')
}

export function scheduleContentOf(flags: ScheduleContentFlags) {
  return given({
    selector: selectorOf(flags),
    timeZone: flags.timeZone,
    group: flags.group,
    nameTemplate: flags.nameTemplate,
    retention: retentionUnlessAll(retentionOf(flags), flags.keepAll, '--keep'),
    repository: flags.repository === false ? null : flags.repository,
    backupRetention: retentionUnlessAll(backupRetentionOf(flags), flags.backupKeepAll, '--backup-keep'),
    hooks: flags.hooks === undefined ? undefined : hooksIn(flags.hooks),
    description: flags.description,
  })
}

function selectorOf({ path, label, app }: ScheduleContentFlags): Schemas['ScheduleSelector'] | undefined {
  const selector = given({ path, labels: label, application: app })
  return Object.keys(selector).length === 0 ? undefined : selector
}

/** Whether they are right, the API says. @throws {CommandError} for what is no YAML. */
export function hooksIn(file: string): Schemas['Hooks'] {
  return yamlIn(textOf(file), file) as Schemas['Hooks']
}
