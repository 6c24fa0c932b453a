import {
  createNfs3Program,
  NfsError,
  Nfsstat3,
  type Nfs3Backend,
  type RpcProcedure,
  type RpcProgram,
} from 'nfs-server-ts'

/** Another procedure for one of the NFS program, and what answers JUKEBOX in its place. */
type Wrap = (procedure: RpcProcedure, number: number, puttingOff: RpcProcedure) => RpcProcedure

/** The NFS program with each procedure wrapped in another, which may put its calls off: their clients ask again later. */
export function wrapProgram(program: RpcProgram, wrap: Wrap): RpcProgram {
  const puttingOff = createNfs3Program(puttingOffBackend)
  const versions = program.versions.map(({ version, procedures }, index) => ({
    version,
    procedures: procedures.map(
      (procedure, number) =>
        procedure && wrap(procedure, number, puttingOff.versions[index]!.procedures[number]!),
    ),
  }))
  return { ...program, versions }
}

function putOff(): never {
  throw new NfsError(Nfsstat3.JUKEBOX)
}

const puttingOffBackend: Nfs3Backend = {
  getattr: putOff,
  setattr: putOff,
  lookup: putOff,
  access: putOff,
  readlink: putOff,
  read: putOff,
  write: putOff,
  create: putOff,
  mkdir: putOff,
  symlink: putOff,
  mknod: putOff,
  remove: putOff,
  rmdir: putOff,
  rename: putOff,
  link: putOff,
  readdir: putOff,
  readdirplus: putOff,
  fsstat: putOff,
  fsinfo: putOff,
  pathconf: putOff,
  commit: putOff,
}
