import { constants } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { constants as osConstants } from 'node:os'
import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import type { ChangeList } from '../../filesystem/change-list.ts'
import { native, StatField } from '../../native/index.ts'
import { AnsweringThread } from '../answering-thread.ts'
import { cloneFile, copyFileBy, copyRangesBy } from './contents.ts'
import type { Progress, Taken } from './driver.ts'
import type { WorkDone, WorkerQuestion, WorkerSetup } from './messages.ts'
import { snapshotSubvolume } from '../../native/subvolume.ts'
import { cephTree } from './ceph-tree.ts'
import { field } from './object-table.ts'
import { TreeCopy } from './tree-copy.ts'
import { dataName, openRoot, require } from './tree-pair.ts'
import { countTree } from './tree-walk.ts'

// The thread that takes one snapshot, or counts one: see WorkerTaking.

const { O_RDONLY, O_NOFOLLOW } = constants
const { EOPNOTSUPP, ENOTTY } = osConstants.errno

/** Of st_blocks. */
const blockSize = 512

/** What one way of taking snapshots does in the thread. */
interface Work {
  prepare(): void | Promise<void>
  catchUp(changed: ChangeList | undefined): void
  cut(changed: ChangeList | undefined): void | Promise<void>
  finish(): Taken | Promise<Taken>
  close(): void
  /** As close, but so that another can go on with it. */
  pause(): void
}

class SnapshotWork {
  readonly #thread: AnsweringThread<WorkerQuestion, WorkDone, Progress>
  readonly #setup: WorkerSetup
  #work: Work | undefined
  #copiedBytes = 0

  constructor(setup: WorkerSetup) {
    this.#setup = setup
    this.#thread = new AnsweringThread(setup.stop)
    this.#thread.serve({
      answer: (question) => this.#answer(question),
      close: () => this.#close(),
    })
  }

  #close(): void {
    if (Atomics.load(new Int32Array(this.#setup.pause), 0) === 0) this.#work?.close()
    else this.#work?.pause()
  }

  async #answer(question: WorkerQuestion): Promise<WorkDone> {
    if (question.kind === 'usage') return this.#usage()
    if (question.kind === 'count') return this.#count()
    this.#work ??= this.#begin()
    switch (question.kind) {
      case 'prepare':
        await this.#work.prepare()
        return {}
      case 'catch-up':
        this.#work.catchUp(question.changed)
        return {}
      case 'cut':
        await this.#work.cut(question.changed)
        return {}
      case 'finish':
        return { taken: await this.#work.finish() }
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
    const progress = (): Progress => ({ files, bytes: this.#copiedBytes })
    const onPiece = (bytes: number): void => {
      this.#copiedBytes += bytes
      copy.copied(bytes)
      this.#thread.breatheNow(progress)
    }
    const copy = new TreeCopy({
      source,
      directory,
      isResumable: true,
      copyFile: kind === 'copy' ? copyFileBy(onPiece) : cloneFile,
      copyRanges: copyRangesBy(onPiece),
      breath: (count) => {
        files = count
        this.#thread.breathe(progress)
      },
    })
    return {
      prepare: () => (copy.hasBegun ? copy.goOn() : copy.prepare()),
      catchUp: (changed) => copy.catchUp(changed),
      cut: (changed) => copy.cut(changed),
      finish: () => copy.finish(),
      close: () => copy.close(),
      pause: () => copy.pause(),
    }
  }

  /** A way that takes a tree in one call, with its inode numbers. */
  #whole(tree: string, take: () => Promise<void>): Work {
    return {
      prepare() {},
      catchUp() {},
      close() {},
      pause() {},
      cut: take,
      finish: () => {
        const { files, bytes } = countTree(tree, ({ files, bytes }) =>
          this.#thread.breathe(() => ({ files, bytes })),
        )
        return { files, bytes, tree, inodeMap: undefined }
      },
    }
  }

  #count(): Progress {
    let bytes = 0
    const { files } = countTree(
      this.#setup.source,
      ({ files }) => this.#thread.breathe(() => ({ files, bytes })),
      // Slot 0 describes it still.
      () => (bytes += field(0, StatField.BLOCKS) * blockSize),
    )
    return { files, bytes }
  }

  #usage(): { bytes?: number } {
    const found: { bytes: number; isKnown: boolean } = { bytes: 0, isKnown: true }
    countTree(
      this.#setup.source,
      ({ files }) => this.#thread.breathe(() => ({ files, bytes: found.bytes })),
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
}

async function takeSubvolume(source: string, directory: string): Promise<void> {
  const [from, to] = [openRoot(source), openRoot(directory)]
  const result = await snapshotSubvolume(from, to, Buffer.from(dataName))
  native.close(from)
  native.close(to)
  require(result, 'take a btrfs snapshot of', () => source)
}

new SnapshotWork(workerData as WorkerSetup)
