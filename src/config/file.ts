import { readFileSync } from 'node:fs'
import { isMap, isNode, LineCounter, parseDocument, type Document } from 'yaml'
import { ConfigError } from './error.ts'
import type { SettingPath, Source } from './source.ts'

/** Larger than 10,000 shares need; refused before it is parsed. */
const fileSizeMax = 16 * 1024 * 1024

/**
 * Reads a YAML 1.2 file.
 * @throws {ConfigError} if it cannot be read or is no YAML mapping; the message names the file, and the line if there is one.
 */
export function readConfigFile(path: string): Source {
  const text = readText(path)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) {
    throw new ConfigError(
      `${path}:${lines.linePos(error.pos[0]).line}: ${error.message.split('\n', 1)[0] ?? ''}`,
    )
  }
  // A file of comments only is a file without settings.
  const values: unknown = document.contents === null ? {} : document.toJS({ maxAliasCount: 100 })
  return { values, origin: (setting) => `${path}:${lineOf(document, lines, setting)}: ${nameOf(setting)}` }
}

function readText(path: string): string {
  let text: Buffer
  try {
    text = readFileSync(path)
  } catch (error) {
    throw new ConfigError(`config file ${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  if (text.length > fileSizeMax) throw new ConfigError(`config file ${path} is over ${fileSizeMax} bytes`)
  return text.toString()
}

/** The line of a key, or of the nearest thing around it that has one. */
function lineOf(document: Document, lines: LineCounter, path: SettingPath): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true)
    const key = path[length - 1]
    const pair = isMap(parent)
      ? parent.items.find((item) => isNode(item.key) && String(item.key) === String(key))
      : undefined
    const node = pair?.key ?? document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return 1
}

/** `shares[0].path`. */
function nameOf(path: SettingPath): string {
  if (path.length === 0) return 'the file'
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .slice(1)
}
