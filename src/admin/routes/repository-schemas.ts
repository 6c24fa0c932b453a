import { Type, type Static } from 'typebox'
import type { Repository } from '../../backups/repositories.ts'
import {
  secretVariables,
  type RepositorySecrets,
  type SecretSource,
  type SecretVariable,
} from '../../backups/secrets.ts'
import { exactly } from '../operation.ts'
import { description, nullable, time, timeOrNull, timeView, uuid, version } from '../values.ts'

/** Name or id. */
export const repositoryReference = Type.String({ minLength: 1, maxLength: 63, description: 'Name or id' })

const name = Type.String({ minLength: 1, maxLength: 63, description: 'Letters, digits, ., _ and -' })
const url = Type.String({
  minLength: 1,
  maxLength: 1024,
  description:
    'As `restic -r` has it, without credentials: `/srv/restic`, `sftp:user@host:/path`, `rest:https://host/`, ' +
    '`s3:https://host/bucket`',
})

const source = Type.Union(
  [
    exactly({ file: Type.String({ minLength: 1, maxLength: 1024 }) }, { title: 'SecretFile' }),
    exactly({ env: Type.String({ minLength: 1, maxLength: 110 }) }, { title: 'SecretVariable' }),
  ],
  {
    description:
      'A file of the directory of secrets (`backups.secrets` of the configuration file), or a variable of the gateway ' +
      'whose name begins with RESTIC_ or AWS_. The secret itself is never kept or told',
  },
)

const variables = Object.fromEntries(
  secretVariables.map((variable) => [variable, Type.Optional(source)]),
) as Record<SecretVariable, ReturnType<typeof Type.Optional<typeof source>>>

const secrets = exactly(
  {
    password: source,
    environment: Type.Optional(exactly(variables, { description: 'What restic gets besides' })),
  },
  { title: 'RepositorySecrets', description: 'Where secrets are found each time they are needed' },
)

export const repositorySchema = exactly(
  {
    id: uuid,
    name,
    url,
    secrets,
    description,
    createdAt: time,
    createdBy: Type.String(),
    changedAt: time,
    checkedAt: nullable(time),
    checkResult: nullable(Type.String({ description: '`ok`, or what is wrong' })),
    prunedAt: nullable(time),
    scannedAt: nullable(time),
    version,
  },
  { title: 'Repository', description: 'Where restic keeps backups' },
)

export const newRepositorySchema = exactly(
  {
    name,
    url,
    secrets,
    description: Type.Optional(description),
    initialize: Type.Optional(
      Type.Boolean({ description: 'Make one where there is none (default); false: it must be there' }),
    ),
  },
  { title: 'NewRepository' },
)

export const repositoryChangeSchema = exactly(
  {
    name: Type.Optional(name),
    url: Type.Optional(url),
    secrets: Type.Optional(secrets),
    description: Type.Optional(description),
  },
  { title: 'RepositoryChange', description: 'What is absent stays; secrets are replaced as a whole' },
)

export function repositoryView(repository: Repository) {
  const { id, name, url, description, createdBy, checkResult, version } = repository
  return {
    ...{ id, name, url, description, createdBy, checkResult, version },
    secrets: secretsView(repository.secrets),
    createdAt: timeView(repository.createdAt),
    changedAt: timeView(repository.changedAt),
    checkedAt: timeOrNull(repository.checkedAt),
    prunedAt: timeOrNull(repository.prunedAt),
    scannedAt: timeOrNull(repository.scannedAt),
  }
}

/** Only where they are found: nothing else of them is known. */
function secretsView({ password, environment = {} }: RepositorySecrets): Static<typeof secrets> {
  const entries = Object.entries(environment).map(([name, from]) => [name, sourceView(from)])
  return {
    password: sourceView(password),
    environment: Object.fromEntries(entries) as NonNullable<RepositorySecrets['environment']>,
  }
}

function sourceView(from: SecretSource): Static<typeof source> {
  return 'file' in from ? { file: from.file } : { env: from.env }
}
