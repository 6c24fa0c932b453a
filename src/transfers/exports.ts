import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { ServiceError } from '../config/service-error.ts'
import { programPath } from '../service/child-process.ts'
import type { Snapshots } from '../snapshots/snapshots.ts'
import type { Logger } from '../telemetry/log.ts'
import { ProgramOutput } from './program-output.ts'
import { keptAttributes } from './tar-options.ts'

/** Exports at once: each is a program that reads as fast as the disks do. */
export const exportCountMax = 4

export type Compression = 'none' | 'gzip'

export interface ExportsOptions {
  readonly snapshots: Pick<Snapshots, 'get' | 'deletions' | 'treeOf'>
  readonly log: Pick<Logger, 'info' | 'warn'>
}

/** Snapshots as tars. */
export class Exports {
  readonly #options: ExportsOptions
  readonly #going = new Set<ProgramOutput>()
  #isClosing = false

  constructor(options: ExportsOptions) {
    this.#options = options
  }

  /** Ends those under way. */
  async close(): Promise<void> {
    this.#isClosing = true
    const gone = [...this.#going].map((output) => output.gone)
    for (const output of this.#going) output.destroy(stopping())
    await Promise.all(gone)
  }

  /**
   * A tar of a snapshot in the format of POSIX.1-2001, packed by GNU tar as it is taken: numeric owners, nanoseconds,
   * extended attributes `user.*`, ACLs, hard links, holes. The snapshot is not removed until the stream is at its end or
   * destroyed, which must come about. It fails where tar does: what has come by then is not whole.
   * @throws {ServiceError} `not-found`, `limit` or `unavailable`
   */
  tar(id: number, compression: Compression = 'none'): Readable {
    const { snapshots, log } = this.#options
    const { name, path, shareId } = snapshots.get(id)
    if (this.#isClosing) throw stopping()
    if (this.#going.size >= exportCountMax)
      throw new ServiceError('limit', `${exportCountMax} exports are going on: wait for one to end`)
    const { tree } = snapshots.treeOf(snapshots.get(id))
    const release = snapshots.deletions.protect(id, 'being exported')
    const child = spawn('tar', argsOf(tree, compression), {
      cwd: '/',
      env: { PATH: programPath, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // With the program that compresses.
      detached: true,
    })
    const startedAt = performance.now()
    const output = new ProgramOutput('tar', child)
    this.#going.add(output)
    void output.gone.then((err) => {
      this.#going.delete(output)
      release()
      const told = { snapshot: id, name, share: shareId, path, bytes: output.sizeBytes }
      const ms = Math.round(performance.now() - startedAt)
      if (err === undefined) log.info({ ...told, ms }, 'export: snapshot sent')
      else log.warn({ ...told, ms, err }, 'export: it broke off')
    })
    return output
  }
}

function argsOf(tree: string, compression: Compression): string[] {
  return [
    '--create',
    '--file=-',
    ...(compression === 'gzip' ? ['--gzip'] : []),
    '--format=posix',
    // As the time of its making would be in each header, two tars of a snapshot would differ.
    '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
    '--numeric-owner',
    '--sparse',
    ...keptAttributes,
    `--directory=${tree}`,
    '.',
  ]
}

function stopping(): ServiceError {
  return new ServiceError('unavailable', 'the gateway is stopping')
}
