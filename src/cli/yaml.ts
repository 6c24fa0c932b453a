import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'
import { usageError } from './command-error.ts'

// Of all that a command loads, half of the files were its own, and few commands need them.
const yaml = (): typeof Yaml => createRequire(import.meta.url)('yaml') as typeof Yaml

/** @param file named in the error. @throws {CommandError} for what is no YAML. */
export function yamlIn(text: string, file: string): unknown {
  const { parse, YAMLParseError } = yaml()
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error
    throw usageError(`${file} is no YAML: ${error.message.split('\n')[0] ?? ''}`)
  }
}

export function yamlOf(content: unknown): string {
  return yaml().stringify(content)
}
