import { mountDevice, mountOptions } from '../admin/render/mount.ts'
import { shellWord } from '../admin/render/quoting.ts'
import { clientHostOf } from '../config/client-host.ts'
import type { Config } from '../config/config.ts'
import type { GatewayFacts } from '../gateway/gateway.ts'

/** What `serve` tells the person who started it: how to mount, what is served, what does not work here. */
export function describeGateway(config: Config, facts: GatewayFacts, inColour = false): string {
  const bold = (text: string) => (inColour ? `\u001b[1m${text}\u001b[0m` : text)
  const dim = (text: string) => (inColour ? `\u001b[2m${text}\u001b[0m` : text)
  const lines = [
    '',
    bold('Berth is serving. Mount with:'),
    '',
    ...config.shares.map(({ path }) => `  ${mountLine(config, facts.nfsPort, path)}`),
    '',
    ...table([
      ['share', 'directory', 'access', 'clients'],
      ...config.shares.map(({ path, directory, readOnly, squash, clients }) => [
        path,
        directory,
        `${readOnly ? 'ro' : 'rw'}, squash ${squash}`,
        clients.join(' '),
      ]),
    ]).map((line, index) => (index === 0 ? dim(line) : line)),
    '',
    `  data       ${config.data}`,
    `  portmap    ${facts.portmap ? 'port 111' : 'none: the ports stand in the mount line'}`,
    `  admin      ${facts.adminUrl ?? 'off'}`,
    ...facts.restrictions.map((restriction) => `  ${bold('note')}       ${restriction}`),
    '',
    '',
  ]
  return lines.join('\n')
}

/** A command that a shell can run as it stands. Ports are given, so it needs no portmapper. */
export function mountLine(config: Config, nfsPort: number, path: string): string {
  const source = { host: clientHostOf(config), port: nfsPort, path, readOnly: false }
  const options = mountOptions(source)
  // Files of a demo come from whoever is on this machine: they run with nobody's rights but the reader's.
  if (config.demo) options.push('nosuid', 'nodev')
  return `${config.demo ? 'sudo ' : ''}mount -t nfs -o ${options.join(',')} ${shellWord(mountDevice(source))} /mnt`
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  )
}
