import { readFile } from 'node:fs/promises'
import { HookFailure } from './hook-failure.ts'
import type { HookMessage, HttpHook } from './hooks.ts'

/** URLs that hooks may call, and what is sent with each of these calls. */
export interface AllowedUrl {
  /** `https://hooks.example/berth/`: this URL and those below it. */
  readonly prefix: string
  /** Absolute path of a file of `Name: value` lines, read at each call: for tokens. */
  readonly headersFile?: string | undefined
}

/** Bytes that are kept of an answer. */
const answerSizeMax = 8 * 1024
const headersSizeMax = 16 * 1024

/** Whether a URL is the prefix itself or below it: of the same scheme, host and port, its path going on at a slash. */
export function isBelowPrefix(text: string, prefix: string): boolean {
  if (!URL.canParse(text) || !URL.canParse(prefix)) return false
  const [url, base] = [new URL(text), new URL(prefix)]
  const path = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`
  return url.origin === base.origin && (url.pathname === base.pathname || url.pathname.startsWith(path))
}

/** POSTs the facts. @returns what was answered. @throws {HookFailure} */
export async function runHttpHook(
  { url, timeoutSeconds }: HttpHook,
  message: HookMessage,
  headersFile: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const headers = headersFile === undefined ? {} : await headersIn(headersFile)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'berth', ...headers },
      body: JSON.stringify(message),
      // Elsewhere is not where the config file allows it, and no place for its headers.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
    })
    const text = await beginningOf(response)
    if (response.ok) return text
    throw new HookFailure(`status ${response.status}${text === '' ? '' : `: ${text.slice(0, 300)}`}`)
  } catch (error) {
    if (error instanceof HookFailure) throw error
    if (signal.aborted) throw new HookFailure('the snapshot was aborted', { cause: error })
    // fetch throws a TypeError, whose cause says more, or the DOMException of its signal.
    if (error instanceof DOMException && error.name === 'TimeoutError')
      throw new HookFailure(`no answer within ${timeoutSeconds} s`, { cause: error })
    if (!(error instanceof TypeError)) throw error
    const { cause } = error
    throw new HookFailure(cause instanceof Error ? `${error.message}: ${cause.message}` : error.message, {
      cause: error,
    })
  }
}

async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop cancels the rest.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk.subarray(0, answerSizeMax - size))
    size += chunk.length
    if (size >= answerSizeMax) break
  }
  return Buffer.concat(chunks).toString().trim()
}

/** @throws {HookFailure} that holds nothing of the file. */
async function headersIn(path: string): Promise<Record<string, string>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new HookFailure(`its headers cannot be read: ${(error as Error).message}`, { cause: error })
  }
  if (text.length > headersSizeMax) throw new HookFailure(`${path} has over ${headersSizeMax} characters`)
  const headers: Record<string, string> = {}
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*?)[ \t]*$/.exec(line) ?? []
    if (name === undefined || value === undefined)
      throw new HookFailure(`${path}, line ${index + 1}, is no header: it must be Name: value`)
    headers[name] = value
  }
  return headers
}
