import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Type, type Static, type TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { ServiceError } from '../../config/service-error.ts'

const answerSizeMax = 64 * 1024 * 1024
const answerMsMax = 30_000

// What is used of the Docker Engine API (https://docs.docker.com/reference/api/engine/): all else may be there too.

const labels = Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()])

const volumeSchema = Type.Object({
  Name: Type.String(),
  Driver: Type.String(),
  Mountpoint: Type.String(),
  Labels: Type.Optional(labels),
  /** Of the local driver: what is mounted there, if anything is. */
  Options: Type.Optional(labels),
})
const volumesSchema = Type.Object({ Volumes: Type.Union([Type.Array(volumeSchema), Type.Null()]) })

const containersSchema = Type.Array(
  Type.Object({
    Id: Type.String(),
    Names: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
    State: Type.String(),
    Mounts: Type.Optional(
      Type.Union([
        Type.Array(
          Type.Object({
            Type: Type.Optional(Type.String()),
            Name: Type.Optional(Type.String()),
            Source: Type.Optional(Type.String()),
          }),
        ),
        Type.Null(),
      ]),
    ),
  }),
)

export type DockerVolume = Static<typeof volumeSchema>
export type DockerContainer = Static<typeof containersSchema>[number]

/** What a Docker daemon says, over its socket: it is only asked. */
export class DockerApi {
  readonly #socket: string
  #version: string | undefined

  /** @param socket absolute path */
  constructor(socket: string) {
    this.#socket = socket
  }

  /** @throws {ServiceError} `unavailable` */
  async volumes(): Promise<readonly DockerVolume[]> {
    return (await this.#get('/volumes', volumesSchema)).Volumes ?? []
  }

  /** All containers, running or not. @throws {ServiceError} `unavailable` */
  async containers(): Promise<readonly DockerContainer[]> {
    return this.#get('/containers/json?all=1', containersSchema)
  }

  async #get<T extends TSchema>(path: string, schema: T): Promise<Static<T>> {
    // The daemon's own version: older ones it may have given up, and what is used here is in all.
    this.#version ??= await this.#negotiate()
    const text = await this.#text(`/v${this.#version}${path}`)
    let answer: unknown
    try {
      answer = JSON.parse(text)
    } catch (error) {
      throw this.#unusable(path, `it is no JSON: ${(error as Error).message}`, error)
    }
    if (!Check(schema, answer)) throw this.#unusable(path, 'it is not as the Docker API has it')
    return answer
  }

  async #negotiate(): Promise<string> {
    const { headers } = await this.#ask('/_ping')
    const version = headers['api-version']
    if (typeof version !== 'string' || !/^\d{1,3}\.\d{1,3}$/.test(version))
      throw this.#unusable('/_ping', 'it names no version: is it a Docker daemon that listens there?')
    return version
  }

  async #text(path: string): Promise<string> {
    return (await this.#ask(path)).text
  }

  async #ask(path: string): Promise<{ headers: IncomingMessage['headers']; text: string }> {
    const signal = AbortSignal.timeout(answerMsMax)
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const options = { socketPath: this.#socket, path, headers: { host: 'docker' }, agent: false, signal }
        request(options, resolve).once('error', reject).end()
      })
      const chunks: Buffer[] = []
      let size = 0
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        size += chunk.length
        if (size > answerSizeMax) throw new Error(`its answer is over ${answerSizeMax} bytes`)
        chunks.push(chunk)
      }
      if (answer.statusCode !== 200) throw new Error(`it answers with status ${answer.statusCode}`)
      return { headers: answer.headers, text: Buffer.concat(chunks).toString() }
    } catch (error) {
      const why = signal.aborted ? `no answer within ${answerMsMax / 1000} s` : (error as Error).message
      throw new ServiceError(
        'unavailable',
        `the Docker daemon at ${this.#socket} cannot be asked for ${path} (imports.dockerSocket): ${why}`,
        { cause: error },
      )
    }
  }

  #unusable(path: string, why: string, cause?: unknown): ServiceError {
    return new ServiceError(
      'unavailable',
      `the answer of ${this.#socket} to ${path} cannot be used: ${why}`,
      {
        cause,
      },
    )
  }
}
