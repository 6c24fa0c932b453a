import { Worker } from 'node:worker_threads'
import { ServiceError } from '../config/service-error.ts'
import { isJsonManifest, manifestSizeMax, yamlProblem, type ManifestType } from './manifest-text.ts'

/** Bytes of YAML that are read at once, in a few milliseconds. */
const promptSizeMax = 16 * 1024
const threadTimeMaxMs = 20_000
const threadMemoryMaxMib = 512

/** Large texts that are being read or wait for it. */
const waitingCountMax = 16
let waitingCount = 0
let lastThread: Promise<unknown> = Promise.resolve()

/**
 * Makes sure that a text is a manifest, and tells of which type. Large YAML is read by a thread of its own, one at a
 * time: it would hold up mounts for seconds.
 * @throws {ServiceError} `invalid` with the first problem, `limit`, or `unavailable` when too many wait.
 */
export async function checkManifest(text: string, type?: ManifestType): Promise<ManifestType> {
  const size = Buffer.byteLength(text)
  if (size > manifestSizeMax)
    throw new ServiceError('limit', `the manifest is over ${manifestSizeMax} bytes long: it has ${size}`)
  // The catalog keeps UTF-8: a lone surrogate would come back as another character.
  if (/\p{Surrogate}/u.test(text) || text.includes('\0'))
    throw new ServiceError('invalid', 'the manifest is no text: it has NUL or half a character in it')
  if (type !== 'application/yaml' && isJsonManifest(text)) return 'application/json'
  if (type === 'application/json') throw new ServiceError('invalid', 'the manifest is no JSON object or list')
  const problem = size <= promptSizeMax ? yamlProblem(text) : await inTurn(text)
  if (problem !== undefined) throw new ServiceError('invalid', `the manifest is no YAML: ${problem}`)
  return 'application/yaml'
}

async function inTurn(text: string): Promise<string | undefined> {
  if (waitingCount >= waitingCountMax)
    throw new ServiceError(
      'unavailable',
      `${waitingCountMax} large manifests are being read: try again later`,
    )
  waitingCount++
  const turn = lastThread.then(() => problemFoundByThread(text))
  lastThread = turn.catch(() => undefined)
  try {
    return await turn
  } finally {
    waitingCount--
  }
}

function problemFoundByThread(text: string): Promise<string | undefined> {
  const worker = new Worker(new URL('./manifest-worker.js', import.meta.url), {
    workerData: text,
    name: 'manifest',
    resourceLimits: { maxOldGenerationSizeMb: threadMemoryMaxMib },
  })
  return new Promise<string | undefined>((resolve, reject) => {
    const timer = setTimeout(() => {
      resolve(`reading it takes over ${threadTimeMaxMs / 1000} s`)
      void worker.terminate()
    }, threadTimeMaxMs)
    worker.once('message', resolve)
    worker.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
        resolve(`reading it takes over ${threadMemoryMaxMib} MiB`)
      else reject(error)
    })
    // After the message, if there was one.
    worker.once('exit', () => {
      clearTimeout(timer)
      reject(new Error('the thread that reads manifests ended without an answer'))
    })
  })
}
