// This project's gateway.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { adminPort, nfsPort } from './server.mjs'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** @type {import('./server.mjs').Flavour} */
export const berth = {
  config: (work, shares) =>
    // JSON is YAML.
    JSON.stringify(
      {
        data: path.join(work, 'data'),
        listen: '0.0.0.0',
        nfsPort,
        portmap: 'off',
        adminPort,
        shares: shares.map((share) => ({
          squash: 'none',
          clients: ['127.0.0.0/8', '192.168.77.0/24'],
          ...share,
        })),
      },
      null,
      2,
    ),
  command: (configFile) => [process.execPath, main, 'serve', '--config', configFile],
  mountPort: nfsPort,
  ports: [nfsPort, adminPort],
  countsBugs: true,
  hasApi: true,
}
