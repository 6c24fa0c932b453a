import { readFileSync } from 'node:fs'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import { ifThere } from '../state/durable-file.ts'
import type { SavedCount } from './position.ts'

// Apart from what saves: the thread that counts does without the schemas, which are megabytes in memory.

const count = Type.Number({ minimum: 0 })
const wholeNumber = Type.Integer({ minimum: 0 })
const name = Type.String({ pattern: /^(?!\.{1,2}$)[\x01-\x2e\x30-\xff]{1,255}$/.source })
const inode = Type.String({ pattern: '^[0-9]{1,20}$' })

const savedSchema = Type.Object({
  version: Type.Literal(1),
  shareId: Type.Integer({ minimum: 1, maximum: 0xffffffff }),
  startedAt: wholeNumber,
  position: Type.Object({
    root: inode,
    path: Type.Array(name),
    bytes: count,
    files: count,
    entries: wholeNumber,
    missed: wholeNumber,
    firstMissed: Type.Optional(Type.String()),
    hardLinks: Type.Object({
      isFull: Type.Boolean(),
      open: Type.Array(Type.Tuple([inode, Type.Integer({ minimum: 1 })])),
    }),
  }),
})

/** The count that a file tells of; `damaged` when it tells of none. */
export function readCount(file: string): SavedCount | 'damaged' | undefined {
  const text = ifThere(() => readFileSync(file, 'utf8'))
  if (text === undefined) return undefined
  const saved = parsed(text)
  if (!Check(savedSchema, saved)) return 'damaged'
  const { shareId, startedAt, position } = saved
  return { shareId, startedAt, position }
}

/** Undefined for what is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
