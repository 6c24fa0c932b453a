import type {
  DirectoryAttributes,
  DirectoryWcc,
  Nfs3Result,
  ObjectAttributes,
  ObjectWcc,
} from '../../nfs3/backend.ts'
import { NfsError } from '../../nfs3/error.ts'
import { type NfsFh3, Nfsstat3, type WccAttr, type WccData } from '../../nfs3/types.ts'
import { type DirectoryInode, type Inode, toFattr3, toWccAttr } from './inode.ts'
import type { MemoryStore } from './store.ts'

/** Catches a refusal: the failure arm tells whatever is known by then. Any other error is a bug and goes on. */
function attempt<Ok, Fail>(
  work: () => Ok & { status: typeof Nfsstat3.OK },
  fail: () => Fail,
): Nfs3Result<Ok, Fail> {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof NfsError)) throw error
    return { ...fail(), status: error.status }
  }
}

/** A call that looks at one object. */
export function reading<T extends Inode, Ok>(
  find: () => T,
  work: (inode: T) => Ok,
): Nfs3Result<Ok & ObjectAttributes, ObjectAttributes> {
  let inode: T | undefined
  const known = () => ({ attributes: inode && toFattr3(inode) })
  return attempt(() => {
    inode = find()
    return { ...work(inode), ...known(), status: Nfsstat3.OK }
  }, known)
}

/** A call that looks into a directory. */
export function readingDirectory<Ok>(
  store: MemoryStore,
  handle: NfsFh3,
  work: (dir: DirectoryInode) => Ok,
): Nfs3Result<Ok & DirectoryAttributes, DirectoryAttributes> {
  let inode: Inode | undefined
  const known = () => ({ dirAttributes: inode && toFattr3(inode) })
  return attempt(() => {
    inode = store.get(handle)
    return { ...work(store.directory(handle)), ...known(), status: Nfsstat3.OK }
  }, known)
}

/** The two halves of wcc_data for one object: made before the change, asked after it. */
export class Watch {
  #inode: Inode | undefined
  #before: WccAttr | undefined

  start(inode: Inode): void {
    this.#inode = inode
    this.#before = toWccAttr(inode)
  }

  get wcc(): WccData {
    return { before: this.#before, after: this.#inode && toFattr3(this.#inode) }
  }
}

/** A call that changes one object. */
export function changing<Ok>(
  store: MemoryStore,
  handle: NfsFh3,
  work: (inode: Inode) => Ok,
): Nfs3Result<Ok & ObjectWcc, ObjectWcc> {
  const watch = new Watch()
  const known = () => ({ wcc: watch.wcc })
  return attempt(() => {
    const inode = store.get(handle)
    watch.start(inode)
    return { ...work(inode), ...known(), status: Nfsstat3.OK }
  }, known)
}

/** A call that changes one directory. */
export function changingDirectory<Ok>(
  store: MemoryStore,
  handle: NfsFh3,
  work: (dir: DirectoryInode) => Ok,
): Nfs3Result<Ok & DirectoryWcc, DirectoryWcc> {
  const watch = new Watch()
  const known = () => ({ dirWcc: watch.wcc })
  return attempt(() => {
    watch.start(store.get(handle))
    return { ...work(store.directory(handle)), ...known(), status: Nfsstat3.OK }
  }, known)
}

/** RENAME changes two. */
export function changingTwoDirectories(
  store: MemoryStore,
  from: NfsFh3,
  to: NfsFh3,
  work: (fromDir: DirectoryInode, toDir: DirectoryInode) => void,
): Nfs3Result<{ fromDirWcc: WccData; toDirWcc: WccData }, { fromDirWcc: WccData; toDirWcc: WccData }> {
  const fromWatch = new Watch()
  const toWatch = new Watch()
  const known = () => ({ fromDirWcc: fromWatch.wcc, toDirWcc: toWatch.wcc })
  return attempt(() => {
    fromWatch.start(store.get(from))
    toWatch.start(store.get(to))
    work(store.directory(from), store.directory(to))
    return { ...known(), status: Nfsstat3.OK }
  }, known)
}

/** LINK changes a directory and tells of a file. */
export function linking(
  store: MemoryStore,
  file: NfsFh3,
  dir: NfsFh3,
  work: (inode: Inode, dir: DirectoryInode) => void,
): Nfs3Result<ObjectAttributes & { linkDirWcc: WccData }, ObjectAttributes & { linkDirWcc: WccData }> {
  let inode: Inode | undefined
  const watch = new Watch()
  const known = () => ({ attributes: inode && toFattr3(inode), linkDirWcc: watch.wcc })
  return attempt(() => {
    inode = store.get(file)
    watch.start(store.get(dir))
    work(inode, store.directory(dir))
    return { ...known(), status: Nfsstat3.OK }
  }, known)
}
