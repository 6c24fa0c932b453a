import type { RpcProgram } from '../rpc/program.ts'
import type { MountBackend } from './exports.ts'
import { dump } from './procedures/dump.ts'
import { exportProcedure } from './procedures/export.ts'
import { mnt } from './procedures/mnt.ts'
import { nullProcedure } from './procedures/null.ts'
import { umnt } from './procedures/umnt.ts'
import { umntall } from './procedures/umntall.ts'

export const mountProgram = 100005

/**
 * The MOUNT program over a backend: version 3 (RFC 1813 §5), and of version 1 (RFC 1094 appendix A) what `showmount`
 * and `umount` use. MNT of version 1 is PROC_UNAVAIL: its handles have 32 bytes, ours have more.
 */
export function createMountProgram(backend: MountBackend): RpcProgram {
  const others = [dump(backend), umnt(backend), umntall(backend), exportProcedure(backend)]
  return {
    name: 'mountd',
    program: mountProgram,
    versions: [
      { version: 1, procedures: [nullProcedure, undefined, ...others] },
      { version: 3, procedures: [nullProcedure, mnt(backend), ...others] },
    ],
  }
}
