import type { XdrReader } from '../../xdr/index.ts'
import { decodeDirOpArgs } from '../arguments.ts'
import { decodeEnum, decodeSattr3, encodeCreated } from '../attributes.ts'
import type { CreateHow3 } from '../backend.ts'
import { encodeDirectoryWccFail, nfs3Procedure } from '../procedure.ts'
import { nfs3CreateVerfSize } from '../types.ts'

const createMode = { unchecked: 0, guarded: 1, exclusive: 2 } as const

function decodeHow(reader: XdrReader): CreateHow3 {
  switch (decodeEnum(reader, createMode.exclusive)) {
    case createMode.unchecked:
      return { mode: 'UNCHECKED', attributes: decodeSattr3(reader) }
    case createMode.guarded:
      return { mode: 'GUARDED', attributes: decodeSattr3(reader) }
    default:
      return { mode: 'EXCLUSIVE', verifier: reader.fixedOpaque(nfs3CreateVerfSize) }
  }
}

function decode(reader: XdrReader) {
  const where = decodeDirOpArgs(reader)
  return { where, how: decodeHow(reader) }
}

/** RFC 1813 §3.3.8. */
export const create = nfs3Procedure({
  name: 'CREATE',
  replyCached: true,
  decode,
  run: (backend, caller, { where, how }) => backend.create(caller, where, how),
  encodeOk: encodeCreated,
  encodeFail: encodeDirectoryWccFail,
})
