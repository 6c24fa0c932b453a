import { Nfsstat3, NfsError } from 'nfs-server-ts'
import { HandleCodec, HandleKind, HandleVersion, grantOfHandle } from '../filesystem/index.ts'
import type { FolderTree } from './messages.ts'

/** Folder number, in network byte order, where other handles have the kernel's. */
const folderSize = 4
const noShare = 0
/** What a folder is of, where other handles have the type of the kernel's. */
const trees = ['namespace', 'snapshots', 'backup'] as const satisfies readonly FolderTree[]

/** Which folder. */
export interface FolderPlace {
  readonly tree: FolderTree
  readonly id: number
}

/** Makes and reads the file handles of folders: they stay good when the folder is renamed or moved. */
export class FolderHandles {
  readonly #codec: HandleCodec

  /** `key`: 16 secret bytes. */
  constructor(key: Buffer) {
    this.#codec = new HandleCodec(key)
  }

  make({ tree, id }: FolderPlace, grant: number): Buffer {
    const header = this.#codec.header(HandleVersion.FOLDER, noShare, grant)
    const number = Buffer.alloc(folderSize)
    number.writeUInt32BE(id)
    const size = this.#codec.encode(header, HandleKind.DIRECTORY, trees.indexOf(tree), number, folderSize)
    return Buffer.from(this.#codec.encoded.subarray(0, size))
  }

  /** @throws NfsError BADHANDLE unless this gateway made it. */
  read(handle: Buffer): FolderPlace & { readonly grant: number } {
    this.#codec.verify(handle)
    const tree = trees[handle[2]!]
    if (tree === undefined) throw new NfsError(Nfsstat3.BADHANDLE)
    return { tree, id: handle.readUInt32BE(handle.length - 16 - folderSize), grant: grantOfHandle(handle) }
  }
}

/** Whether a handle says of itself that it is a folder's. It may lie: {@link FolderHandles.read} finds out. */
export function isFolderHandle(handle: Buffer): boolean {
  return handle[0] === HandleVersion.FOLDER
}
