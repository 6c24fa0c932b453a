import { objectQuery } from '../procedure.ts'

/** RFC 1813 §3.3.5. */
export const readlink = objectQuery({
  name: 'READLINK',
  run: (backend, caller, symlink) => backend.readlink(caller, symlink),
  encodeRest(writer, { path }) {
    writer.opaque(path)
  },
})
