import { constants } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { constants as osConstants } from 'node:os'
import { join } from 'node:path'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import type { ChangeList } from '../../filesystem/change-list.ts'
import { native } from '../../native/index.ts'
import { cloneFile, copyFileBy, copyRangesBy } from './contents.ts'
import type { Taken } from './driver.ts'
import type { WorkerAnswer, WorkerRequest, WorkerSetup } from './messages.ts'
import { snapshotSubvolume } from '../../native/subvolume.ts'
import { cephTree } from './ceph-tree.ts'
import { TreeCopy } from './tree-copy.ts'
import { dataName, openRoot, require } from './tree-pair.ts'
import { countTree } from './tree-walk.ts'

// The thread that takes one snapshot, or counts one. An error that nobody caught ends it: see WorkerTaking.

const { O_RDONLY, O_NOFOLLOW } = constants
const { EOPNOTSUPP, ENOTTY } = osConstants.errno
const progressIntervalMs = 250
/** Objects between two looks at the clock. */
const looksEvery = 128

/** What one way of taking snapshots does in the thread. */
interface Work {
  prepare(): void
  catchUp(changed: ChangeList | undefined): void
  cut(changed: ChangeList | undefined): void | Promise<void>
  finish(): Taken | Promise<Taken>
  close(): void
}

class SnapshotThread {
  readonly #plane: MessagePort
  readonly #setup: WorkerSetup
  readonly #stop: Int32Array
  #work: Work | undefined
  #objects = 0
  #copiedBytes = 0
  #toldAt = performance.now()

  constructor(plane: MessagePort, setup: WorkerSetup) {
    this.#plane = plane
    this.#setup = setup
    this.#stop = new Int32Array(setup.stop)
    plane.on('message', (request: WorkerRequest) => void this.#take(request))
  }

  async #take(request: WorkerRequest): Promise<void> {
    if (request.kind === 'close') {
      this.#work?.close()
      this.#plane.close()
      return
    }
    try {
      this.#tell(await this.#answer(request))
    } catch (error) {
      this.#tell({ kind: 'failed', message: (error as Error).message })
    }
  }

  async #answer(request: Exclude<WorkerRequest, { kind: 'close' }>): Promise<WorkerAnswer> {
    if (request.kind === 'usage') return { kind: 'done', ...this.#usage() }
    this.#work ??= this.#begin()
    switch (request.kind) {
      case 'prepare':
        this.#work.prepare()
        return { kind: 'done' }
      case 'catch-up':
        this.#work.catchUp(request.changed)
        return { kind: 'done' }
      case 'cut':
        await this.#work.cut(request.changed)
        return { kind: 'done' }
      case 'finish':
        return { kind: 'done', taken: await this.#work.finish() }
    }
  }

  #begin(): Work {
    const { kind, source, directory, name } = this.#setup
    switch (kind) {
      case 'btrfs':
        return this.#whole(join(directory, dataName), () => takeSubvolume(source, directory))
      case 'cephfs':
        return this.#whole(cephTree(source, name), () => mkdir(cephTree(source, name)))
      case 'reflink':
      case 'copy':
        return this.#copy(kind)
    }
  }

  #copy(kind: 'reflink' | 'copy'): Work {
    const { source, directory } = this.#setup
    let files = 0
    const onPiece = (bytes: number): void => {
      this.#copiedBytes += bytes
      this.#breath(files, this.#copiedBytes, true)
    }
    return new TreeCopy({
      source,
      directory,
      copyFile: kind === 'copy' ? copyFileBy(onPiece) : cloneFile,
      copyRanges: copyRangesBy(onPiece),
      breath: (count) => {
        files = count
        this.#breath(count, this.#copiedBytes)
      },
    })
  }

  /** A way that takes a tree in one call, with its inode numbers. */
  #whole(tree: string, take: () => Promise<void>): Work {
    return {
      prepare() {},
      catchUp() {},
      close() {},
      cut: take,
      finish: () => {
        const { files, bytes } = countTree(tree, (count) => this.#breath(count.files, count.bytes))
        return { files, bytes, tree, inodeMap: undefined }
      },
    }
  }

  #usage(): { bytes?: number } {
    const found: { bytes: number; isKnown: boolean } = { bytes: 0, isKnown: true }
    countTree(
      this.#setup.source,
      ({ files }) => this.#breath(files, found.bytes),
      (dirfd, name) => {
        const fd = native.openBeneath(dirfd, name, O_RDONLY | O_NOFOLLOW, 0)
        require(fd, 'open', () => name.toString())
        const exclusive = native.exclusiveBytes(fd)
        native.close(fd)
        if (exclusive === -EOPNOTSUPP || exclusive === -ENOTTY) found.isKnown = false
        else found.bytes += require(exclusive, 'find the extents of', () => name.toString())
      },
    )
    return found.isKnown ? { bytes: found.bytes } : {}
  }

  /** Tells how far it has come now and then. @throws {Error} when it is to end. */
  #breath(files: number, bytes: number, isLong = false): void {
    if (!isLong && ++this.#objects % looksEvery !== 0) return
    if (Atomics.load(this.#stop, 0) !== 0) throw new Error('it was ended early')
    const now = performance.now()
    if (now - this.#toldAt < progressIntervalMs) return
    this.#toldAt = now
    this.#tell({ kind: 'progress', files, bytes })
  }

  #tell(answer: WorkerAnswer): void {
    this.#plane.postMessage(answer)
  }
}

async function takeSubvolume(source: string, directory: string): Promise<void> {
  const [from, to] = [openRoot(source), openRoot(directory)]
  const result = await snapshotSubvolume(from, to, Buffer.from(dataName))
  native.close(from)
  native.close(to)
  require(result, 'take a btrfs snapshot of', () => source)
}

const plane = parentPort
if (plane === null)
  throw new Error('this file is the thread that takes a snapshot: it is started by a driver')
new SnapshotThread(plane, workerData as WorkerSetup)
