// NFS-Ganesha, a mature server: a check that fails against it as well is probably wrong.
import path from 'node:path'
import { nfsPort } from './server.mjs'

const squashNames = { none: 'No_Root_Squash', root: 'Root_Squash', all: 'All_Squash' }

/** @type {import('./server.mjs').Flavour} */
export const ganesha = {
  config: (work, shares) => `
NFS_Core_Param {
  NFS_Port = ${nfsPort}; MNT_Port = ${nfsPort + 1}; Protocols = 3; mount_path_pseudo = true; Bind_addr = 0.0.0.0;
  Enable_NLM = false; Enable_RQUOTA = false; Enable_UDP = false;
}
NFSv4 { RecoveryRoot = "${work}"; Graceless = true; }
${shares.map(exportBlock).join('')}`,
  // It insists on an rpcbind, whose socket is in /run: give it one of its own, which dies with it.
  command: (configFile, work) => [
    ...['unshare', '--mount', '--propagation', 'slave', 'sh', '-c'],
    'mount -t tmpfs tmpfs /run && { setpriv --pdeathsig KILL rpcbind -f & } && sleep 0.2 && exec "$@"',
    ...[
      'sh',
      'ganesha.nfsd',
      '-F',
      '-f',
      configFile,
      '-L',
      '/dev/stderr',
      '-p',
      path.join(work, 'ganesha.pid'),
    ],
  ],
  mountPort: nfsPort + 1,
  ports: [nfsPort, nfsPort + 1],
  countsBugs: false,
  hasApi: false,
}

/** @param {import('./server.mjs').Share} share @param {number} index */
function exportBlock(share, index) {
  const access = share.readOnly ? 'RO' : 'RW'
  const clients = share.clients?.map((client) => `CLIENT { Clients = ${client}; Access_Type = ${access}; }`)
  return `EXPORT {
  Export_Id = ${index + 1}; Path = "${share.directory}"; Pseudo = "${share.path}"; Protocols = 3; Transports = TCP;
  Access_Type = ${clients ? 'None' : access}; Squash = ${squashNames[share.squash ?? 'none']}; SecType = sys; Anonymous_Uid = 65534; Anonymous_Gid = 65534;
  ${clients?.join(' ') ?? ''} FSAL { Name = VFS; }
}
`
}
