import { isCollection, isScalar, parseAllDocuments } from 'yaml'

/** Bytes of one manifest, as Kubernetes bounds its objects in practice. */
export const manifestSizeMax = 1024 * 1024

export type ManifestType = 'application/json' | 'application/yaml'

/** What a text is a manifest in: JSON if it can be; undefined: maybe YAML, see {@link yamlProblem}. */
export function isJsonManifest(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
  } catch {
    // No JSON: that is an answer.
    return false
  }
}

/**
 * What keeps a text from being YAML documents (YAML 1.2, each of them a mapping or a list); undefined: nothing. A bare
 * text is YAML too, but no manifest.
 *
 * Takes a second or two for the largest texts.
 */
export function yamlProblem(text: string): string | undefined {
  // Keys that come twice are let through, and messages are made here: yaml compares each key with all before it, and
  // counts lines from the start for each error. Both take minutes for a text made for it.
  const documents = parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false })
  let isEmpty = true
  for (const [index, { contents, errors }] of documents.entries()) {
    const [error] = errors
    if (error !== undefined) return `${placeOf(text, error.pos[0])}: ${wording(error.message)}`
    if (contents === null || (isScalar(contents) && contents.value === null)) continue
    if (!isCollection(contents)) return `document ${index + 1} is neither a mapping nor a list`
    isEmpty = false
  }
  return isEmpty ? 'it holds no document' : undefined
}

function placeOf(text: string, offset: number): string {
  return `line ${text.slice(0, offset).split('\n').length}`
}

function wording(message: string): string {
  return message === 'Maximum call stack size exceeded' ? 'nested too deeply' : message
}
