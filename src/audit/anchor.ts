import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ifThere, writeDurably } from '../state/durable-file.ts'
import type { Head } from './chain.ts'

/** Where the chain begins and ends, kept apart from it, so that a missing first or last file shows as well. */
export interface Anchor {
  /** The oldest file kept, and the seal that it goes on from: older files were removed for their age. */
  readonly first: Place
  /** The newest seal that is on the disk. */
  readonly head: Place
}

export interface Place extends Head {
  readonly file: string
}

export const anchorFileName = 'anchor.json'

export function encodeAnchor({ first, head }: Anchor): string {
  return `${JSON.stringify({ version: 1, first: placeOf(first), head: placeOf(head) }, undefined, 2)}\n`
}

function placeOf({ file, sequence, sha256 }: Place): Place {
  return { file, sequence, sha256 }
}

/** The anchor in a text; undefined when it is not, byte for byte, what {@link encodeAnchor} wrote. */
export function decodeAnchor(text: string): Anchor | undefined {
  try {
    const anchor = JSON.parse(text) as Anchor
    return encodeAnchor(anchor) === text ? anchor : undefined
  } catch (error) {
    // JSON that is none, or that lacks a part.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

/** The anchor of a directory: undefined when there is no file, `damaged` when it cannot be read as one. */
export function readAnchor(directory: string): Anchor | 'damaged' | undefined {
  const text = ifThere(() => readFileSync(join(directory, anchorFileName), 'utf8'))
  return text === undefined ? undefined : (decodeAnchor(text) ?? 'damaged')
}

/** On the disk before it returns. */
export function writeAnchor(directory: string, anchor: Anchor): void {
  writeDurably(join(directory, anchorFileName), encodeAnchor(anchor))
}
