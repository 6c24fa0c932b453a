import { createServer } from 'node:http'
import { once } from 'node:events'

export interface RecordedVolume {
  readonly Name: string
  readonly Driver: string
  readonly Mountpoint: string
  readonly Labels: Readonly<Record<string, string>> | null
  readonly Options: Readonly<Record<string, string>> | null
}

export interface RecordedContainer {
  readonly Id: string
  readonly Names: readonly string[]
  readonly State: string
  readonly Mounts: readonly object[]
}

/**
 * Answers over a unix socket as dockerd 20.10.24 of Debian 12 did when it was asked, with volumes and containers of the
 * test's own. `volumes` and `containers` may be changed.
 */
export class RecordedDocker {
  volumes: RecordedVolume[] = []
  containers: RecordedContainer[] = []
  /** What was asked for. */
  readonly asked: string[] = []
  readonly #server = createServer((request, response) => {
    const url = request.url!
    this.asked.push(`${request.method} ${url}`)
    response.setHeader('Api-Version', '1.41').setHeader('Server', 'Docker/20.10.24+dfsg1 (linux)')
    if (url === '/_ping') {
      response.setHeader('Content-Type', 'text/plain; charset=utf-8').end('OK')
      return
    }
    response.setHeader('Content-Type', 'application/json')
    if (url === '/v1.41/volumes') response.end(JSON.stringify(this.#volumes()))
    else if (url === '/v1.41/containers/json?all=1') response.end(JSON.stringify(this.containers))
    else response.writeHead(404).end('{"message":"page not found"}')
  })

  async listen(socket: string): Promise<this> {
    this.#server.listen(socket).unref()
    await once(this.#server, 'listening')
    return this
  }

  close(): void {
    this.#server.close()
  }

  #volumes() {
    const facts = { CreatedAt: '2026-11-21T09:49:50Z', Scope: 'local' }
    return { Volumes: this.volumes.map((volume) => ({ ...facts, ...volume })), Warnings: null }
  }
}

/** A container as `docker run -d --name NAME -v VOLUME:/data` makes one. */
export function containerOf(name: string, volume: string, State = 'running'): RecordedContainer {
  const Id = '1148311db63c281a0c58d3c5c8e2fb9205db4b19f8b97d22e2d934beeeb7e9df'
  const mount = {
    Type: 'volume',
    Name: volume,
    Source: `/x/${volume}/_data`,
    Destination: '/data',
    Driver: 'local',
  }
  return { Id, Names: [`/${name}`], State, Mounts: [{ ...mount, Mode: 'z', RW: true, Propagation: '' }] }
}
