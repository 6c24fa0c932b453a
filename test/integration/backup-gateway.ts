import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandLine, dataDirectory } from './cli-fixture.ts'
import { programsMissing } from './programs-missing.ts'
import { password } from './quick-repository.ts'
import { anyPorts, startServer, type RunningServer } from './server.ts'

/** Why nothing can be backed up here; undefined: it can. */
export const resticMissing = programsMissing('restic')

/** A gateway with the secrets of its repositories, and commands that find it. @param backups as in the config file. */
export async function startWithSecrets(
  directory: string,
  secrets: Readonly<Record<string, string>> = {},
  backups: object = {},
): Promise<{ server: RunningServer; cli: CommandLine }> {
  const data = join(directory, dataDirectory)
  mkdirSync(join(data, 'secrets'), { recursive: true, mode: 0o700 })
  for (const [name, value] of Object.entries({ password, ...secrets }))
    writeFileSync(join(data, 'secrets', name), `${value}\n`, { mode: 0o600 })
  writeFileSync(join(directory, 'berth.yaml'), JSON.stringify({ backups }))
  const server = await startServer(
    ['--config', 'berth.yaml', '--data', dataDirectory, ...anyPorts],
    directory,
  )
  return { server, cli: new CommandLine(directory) }
}

export interface BackupShown {
  readonly id: string
  readonly path: string
  readonly state: string
  readonly cutAt: string
  readonly message: string
  readonly files: {
    readonly new: number
    readonly changed: number
    readonly unmodified: number
    readonly total: number
  }
  readonly bytes: { readonly added: number; readonly total: number }
  readonly restic: {
    readonly data: string | null
    readonly manifest: string | null
    readonly tags: readonly string[]
  }
  readonly snapshot: { readonly id: number | null; readonly name: string }
  readonly schedule: string | null
  readonly application: { readonly id: string; readonly name: string } | null
  readonly forgottenAt: string | null
}

export async function backupsOf(cli: CommandLine, ...filter: string[]): Promise<BackupShown[]> {
  return (await cli.json<{ items: BackupShown[] }>('backup', 'list', ...filter)).items
}
