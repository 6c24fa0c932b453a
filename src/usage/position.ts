import { readFileSync } from 'node:fs'
import { Type, type Static } from 'typebox'
import { Check } from 'typebox/value'
import { ifThere, writeDurably } from '../state/durable-file.ts'

const count = Type.Number({ minimum: 0 })
const wholeNumber = Type.Integer({ minimum: 0 })
/** Bytes as characters of Latin-1: their order is that of the bytes, and JSON holds them. */
const name = Type.String({ pattern: /^(?!\.{1,2}$)[\x01-\x2e\x30-\xff]{1,255}$/.source })
const inode = Type.String({ pattern: '^[0-9]{1,20}$' })

const positionSchema = Type.Object({
  /** Inode of the share's root: another directory is another count. */
  root: inode,
  /** Names from the root to the directory that comes next; all that lies before it in the order of the walk is counted. */
  path: Type.Array(name),
  bytes: count,
  files: count,
  /** Directory entries met. */
  entries: wholeNumber,
  /** What could not be examined, and the first of it in words. */
  missed: wholeNumber,
  firstMissed: Type.Optional(Type.String()),
  hardLinks: Type.Object({
    isFull: Type.Boolean(),
    open: Type.Array(Type.Tuple([inode, Type.Integer({ minimum: 1 })])),
  }),
})

const savedSchema = Type.Object({
  version: Type.Literal(1),
  shareId: Type.Integer({ minimum: 1, maximum: 0xffffffff }),
  /** Milliseconds since 1970. */
  startedAt: wholeNumber,
  position: positionSchema,
})

/** How far the walk through a share has come. */
export type WalkPosition = Static<typeof positionSchema>

/** A count that was interrupted. */
export type SavedCount = Omit<Static<typeof savedSchema>, 'version'>

/** On the disk before it returns. */
export function saveCount(file: string, saved: SavedCount): void {
  writeDurably(file, `${JSON.stringify({ version: 1, ...saved })}\n`)
}

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
