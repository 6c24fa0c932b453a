import { readFileSync } from 'node:fs'
import { Type, type Static } from 'typebox'
import { Check } from 'typebox/value'
import { ifThere, writeDurably } from '../state/durable-file.ts'
import { parsed } from './saved-count.ts'

const id = Type.Integer({ minimum: 1, maximum: 0xffffffff })
const time = Type.Integer({ minimum: 0 })

const stateSchema = Type.Object({
  version: Type.Literal(1),
  /** Written at a close after which no call was served: the numbers in the catalog are those of the last call. */
  isClean: Type.Boolean(),
  /** Milliseconds since 1970. What was counted before may be wrong: the process ended later without a word. */
  trustedSince: time,
  /** Shares whose count was asked for. */
  asked: Type.Array(id),
  /** The count that was interrupted, and what calls added to the share while it went on. */
  interrupted: Type.Optional(
    Type.Object({ shareId: id, startedAt: time, bytes: Type.Number(), files: Type.Number() }),
  ),
})

export type UsageState = Omit<Static<typeof stateSchema>, 'version'>

/** On the disk before it returns. */
export function writeState(file: string, state: UsageState): void {
  writeDurably(file, `${JSON.stringify({ version: 1, ...state })}\n`)
}

export function readState(file: string): UsageState | 'damaged' | undefined {
  const text = ifThere(() => readFileSync(file, 'utf8'))
  if (text === undefined) return undefined
  const state = parsed(text)
  if (!Check(stateSchema, state)) return 'damaged'
  const { isClean, trustedSince, asked, interrupted } = state
  return { isClean, trustedSince, asked, ...(interrupted === undefined ? {} : { interrupted }) }
}
