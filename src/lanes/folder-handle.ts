import { HandleCodec, HandleKind, HandleVersion, grantOfHandle } from '../filesystem/index.ts'

/** Folder number, in network byte order, where other handles have the kernel's. */
const folderSize = 4
const noShare = 0
const noType = 0

/** Makes and reads the file handles of folders: they stay good when the folder is renamed or moved. */
export class FolderHandles {
  readonly #codec: HandleCodec

  /** `key`: 16 secret bytes. */
  constructor(key: Buffer) {
    this.#codec = new HandleCodec(key)
  }

  make(folder: number, grant: number): Buffer {
    const header = this.#codec.header(HandleVersion.FOLDER, noShare, grant)
    const number = Buffer.alloc(folderSize)
    number.writeUInt32BE(folder)
    const size = this.#codec.encode(header, HandleKind.DIRECTORY, noType, number, folderSize)
    return Buffer.from(this.#codec.encoded.subarray(0, size))
  }

  /** @throws NfsError BADHANDLE unless this gateway made it. */
  read(handle: Buffer): { folder: number; grant: number } {
    this.#codec.verify(handle)
    return { folder: handle.readUInt32BE(handle.length - 16 - folderSize), grant: grantOfHandle(handle) }
  }
}

/** Whether a handle says of itself that it is a folder's. It may lie: {@link FolderHandles.read} finds out. */
export function isFolderHandle(handle: Buffer): boolean {
  return handle[0] === HandleVersion.FOLDER
}
