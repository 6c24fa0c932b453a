import { readFile, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ServiceError } from '../config/service-error.ts'
import { shown } from '../service/shown.ts'

/** Where a secret is found each time it is needed. */
export type SecretSource =
  /** In a file of the directory of secrets: its path, absolute or relative to that. */
  | { readonly file: string }
  /** In a variable of the gateway's own environment, RESTIC_… or AWS_…. */
  | { readonly env: string }

/** Variables that a repository may have set for restic. */
export const secretVariables = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_DEFAULT_REGION',
  'RESTIC_REST_USERNAME',
  'RESTIC_REST_PASSWORD',
] as const

export type SecretVariable = (typeof secretVariables)[number]

export interface RepositorySecrets {
  readonly password: SecretSource
  readonly environment?: Readonly<Partial<Record<SecretVariable, SecretSource>>>
}

const secretSizeMax = 4096
const variableShape = /^(RESTIC|AWS)_[A-Z0-9_]{1,100}$/

/**
 * Finds secrets: in files of one directory, which the config file names, and in variables with telling names. So whoever
 * may use the API can have neither other files nor other variables of the gateway sent to a server of theirs.
 */
export class Secrets {
  readonly #directory: string

  /** @param directory absolute; it may be missing */
  constructor(directory: string) {
    this.#directory = directory
  }

  /** In one form. What they name need not be there yet. @throws {ServiceError} `invalid` */
  check({ password, environment = {} }: RepositorySecrets): RepositorySecrets {
    const entries = Object.entries(environment).map(([name, source]) => {
      if (!(secretVariables as readonly string[]).includes(name))
        throw new ServiceError('invalid', `${shown(name)} is none of ${secretVariables.join(', ')}`)
      return [name, this.#checkedSource(source)] as const
    })
    return { password: this.#checkedSource(password), environment: Object.fromEntries(entries) }
  }

  /** @throws {ServiceError} `unavailable` if it is not there */
  async value(source: SecretSource): Promise<string> {
    if ('env' in source) {
      const value = process.env[source.env]
      if (value === undefined || value === '')
        throw new ServiceError('unavailable', `the gateway has no variable ${source.env}: start it with one`)
      return value
    }
    try {
      const value = await this.#read(source.file)
      if (value === '') throw new Error('it is empty')
      return value
    } catch (error) {
      throw new ServiceError(
        'unavailable',
        `secret ${source.file} cannot be read: ${(error as Error).message}`,
        {
          cause: error,
        },
      )
    }
  }

  #checkedSource(source: SecretSource): SecretSource {
    if ('env' in source) {
      if (!variableShape.test(source.env))
        throw new ServiceError(
          'invalid',
          `${shown(source.env)} is no variable for secrets: its name begins with RESTIC_ or AWS_`,
        )
      return { env: source.env }
    }
    const file = resolve(this.#directory, source.file)
    if (!isBelow(file, this.#directory) || source.file.includes('\0'))
      throw new ServiceError(
        'invalid',
        `${shown(source.file)} is not in ${this.#directory}: secrets are taken from there alone (backups.secrets)`,
      )
    return { file }
  }

  /** Without blanks around it, as restic reads passwords. */
  async #read(path: string): Promise<string> {
    // Links within the directory are usual where Kubernetes has put secrets there; out of it they lead nowhere.
    const [directory, file] = [await realpath(this.#directory), await realpath(path)]
    if (!isBelow(file, directory)) throw new Error(`it leads out of ${this.#directory}`)
    const found = await stat(file)
    if (!found.isFile()) throw new Error('it is no file')
    if (found.size > secretSizeMax) throw new Error(`it is over ${secretSizeMax} bytes`)
    return (await readFile(file, 'utf8')).trim()
  }
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(join(directory, '/'))
}
