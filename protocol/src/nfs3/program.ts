import type { RpcProgram } from '../rpc/program.ts'
import type { Nfs3Backend } from './backend.ts'
import type { Nfs3Limits, Nfs3Procedure } from './procedure.ts'
import { access } from './procedures/access.ts'
import { commit } from './procedures/commit.ts'
import { create } from './procedures/create.ts'
import { fsinfo } from './procedures/fsinfo.ts'
import { fsstat } from './procedures/fsstat.ts'
import { getattr } from './procedures/getattr.ts'
import { link } from './procedures/link.ts'
import { lookup } from './procedures/lookup.ts'
import { mkdir } from './procedures/mkdir.ts'
import { mknod } from './procedures/mknod.ts'
import { nullProcedure } from './procedures/null.ts'
import { pathconf } from './procedures/pathconf.ts'
import { read } from './procedures/read.ts'
import { readdir } from './procedures/readdir.ts'
import { readdirplus } from './procedures/readdirplus.ts'
import { readlink } from './procedures/readlink.ts'
import { remove } from './procedures/remove.ts'
import { rename } from './procedures/rename.ts'
import { rmdir } from './procedures/rmdir.ts'
import { setattr } from './procedures/setattr.ts'
import { symlink } from './procedures/symlink.ts'
import { write } from './procedures/write.ts'
import { Nfs3ProcedureNumber, nfs3Program, nfs3Version } from './types.ts'

/** By name, so that one left out does not compile. */
const procedures: Record<keyof typeof Nfs3ProcedureNumber, Nfs3Procedure> = {
  NULL: nullProcedure,
  GETATTR: getattr,
  SETATTR: setattr,
  LOOKUP: lookup,
  ACCESS: access,
  READLINK: readlink,
  READ: read,
  WRITE: write,
  CREATE: create,
  MKDIR: mkdir,
  SYMLINK: symlink,
  MKNOD: mknod,
  REMOVE: remove,
  RMDIR: rmdir,
  RENAME: rename,
  LINK: link,
  READDIR: readdir,
  READDIRPLUS: readdirplus,
  FSSTAT: fsstat,
  FSINFO: fsinfo,
  PATHCONF: pathconf,
  COMMIT: commit,
}

/** 1 MiB: what the Linux client asks for at most, and what its own server gives. */
const sizeMaxDefault = 1024 * 1024
const limitsDefault: Nfs3Limits = { rtmax: sizeMaxDefault, wtmax: sizeMaxDefault, dtmax: sizeMaxDefault }

/**
 * The NFS version 3 program (RFC 1813 §3) over a backend, for an RPC server. FSINFO never promises more than
 * `limits`, in bytes; each is 1 MiB unless given.
 *
 * Bytes after the arguments are ignored, as Linux nfsd does: no client sends them, and a call that is clear without
 * them is better answered.
 */
export function createNfs3Program(backend: Nfs3Backend, limits: Partial<Nfs3Limits> = {}): RpcProgram {
  const bounds = { ...limitsDefault, ...limits }
  const bound = Object.entries(Nfs3ProcedureNumber)
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => procedures[name as keyof typeof Nfs3ProcedureNumber].bind(backend, bounds))
  return { name: 'nfs', program: nfs3Program, versions: [{ version: nfs3Version, procedures: bound }] }
}
