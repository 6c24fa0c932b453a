import { resolve } from 'node:path'
import type { Command } from 'commander'
import { checkUrl, isLoopback } from '../connection.ts'
import { usageError } from '../command-error.ts'
import { checkContextName, contextCalled, contextsPath, readContexts, writeContexts } from '../contexts.ts'
import { readPrivate, type Context } from '../contexts.ts'
import { group, withOutput } from '../gateway-command.ts'
import { Output, type OutputFlags } from '../output/output.ts'

/** `berth context`: the gateways that this user talks to. */
export function contextCommands(program: Command): void {
  const context = group(program, 'context', 'contexts: the gateways that commands talk to')
  listCommand(context)
  showCommand(context)
  addCommand(context)
  useCommand(context)
  removeCommand(context)
}

function listCommand(context: Command): void {
  withOutput(context.command('list').description('list contexts')).action((flags: OutputFlags) => {
    const { current, contexts } = readContexts(contextsPath(process.env))
    const items = Object.entries(contexts).map(([name, one]) => ({
      name,
      current: name === current,
      ...shown(one),
    }))
    new Output(flags).list(
      items,
      [
        { title: 'NAME', of: ({ name }) => name },
        { title: 'CURRENT', of: ({ current }) => (current ? 'yes' : '') },
        { title: 'URL', of: ({ url }) => url },
        { title: 'TOKEN', of: ({ token }) => token },
      ],
      { empty: 'No contexts. Add one: berth context add NAME --url URL --token-file FILE' },
    )
  })
}

function showCommand(context: Command): void {
  withOutput(context.command('show').description('show a context'))
    .argument('[name]', 'default: the current one')
    .action((name: string | undefined, flags: OutputFlags) => {
      const path = contextsPath(process.env)
      const contexts = readContexts(path)
      const wanted = name ?? contexts.current
      if (wanted === undefined)
        throw usageError('no context is in use: choose one with berth context use NAME')
      const thing = { name: wanted, ...shown(contextCalled(contexts, wanted)), file: path }
      new Output(flags).show(thing, Object.entries(thing))
    })
}

/** Secrets stay in the file. */
function shown({ url, token, tokenFile }: Context) {
  return { url, token: tokenFile ?? (token === undefined ? '' : 'in the contexts file') }
}

interface AddFlags extends OutputFlags {
  readonly url: string
  readonly tokenFile?: string
  readonly keepFile?: boolean
  readonly use?: boolean
}

function addCommand(context: Command): void {
  withOutput(context.command('add').description('add a context, or change it'))
    .argument('<name>', 'how commands name it')
    .requiredOption('--url <url>', 'admin API of the gateway: https://nas.example:8049')
    .option('--token-file <file>', 'file that holds the token; - reads it from standard input')
    .option('--keep-file', 'read the token from its file each time, instead of copying it')
    .option('--use', 'make it the current one')
    .action((name: string, flags: AddFlags) => {
      const path = contextsPath(process.env)
      const before = readContexts(path)
      const url = checkUrl(flags.url)
      const contexts = { ...before.contexts, [checkContextName(name)]: { url, ...tokenOf(flags) } }
      const current = flags.use || before.current === undefined ? name : before.current
      writeContexts(path, { current, contexts })
      const out = new Output(flags)
      if (url.startsWith('http:') && !isLoopback(url))
        out.note(`note: tokens go to ${url} unencrypted; whoever can listen has them. Use https`)
      const use = current === name ? 'commands use it now' : `commands use it with --context ${name}`
      out.done({ name, url, current: current === name }, `context ${name} is kept in ${path}; ${use}`, name)
    })
}

function tokenOf({ tokenFile, keepFile = false }: AddFlags): { token?: string; tokenFile?: string } {
  if (tokenFile === undefined) return {}
  const path = tokenFile === '-' ? '/dev/stdin' : resolve(tokenFile)
  const token = readPrivate(path)?.trim()
  if (token === undefined) throw usageError(`token file ${tokenFile} is not there`)
  if (token === '') throw usageError(`token file ${tokenFile} is empty`)
  return keepFile && tokenFile !== '-' ? { tokenFile: path } : { token }
}

function useCommand(context: Command): void {
  withOutput(context.command('use').description('make a context the current one'))
    .argument('<name>')
    .action((name: string, flags: OutputFlags) => {
      const path = contextsPath(process.env)
      const contexts = readContexts(path)
      const { url } = contextCalled(contexts, name)
      writeContexts(path, { ...contexts, current: name })
      new Output(flags).done({ name, url, current: true }, `commands now talk to ${name}, ${url}`, name)
    })
}

function removeCommand(context: Command): void {
  withOutput(context.command('remove').description('forget a context'))
    .argument('<name>')
    .action((name: string, flags: OutputFlags) => {
      const path = contextsPath(process.env)
      const before = readContexts(path)
      contextCalled(before, name)
      const contexts = Object.fromEntries(Object.entries(before.contexts).filter(([key]) => key !== name))
      const { current } = before
      writeContexts(path, { ...(current === undefined || current === name ? {} : { current }), contexts })
      new Output(flags).done(undefined, `context ${name} is forgotten; its token is still valid`, name)
    })
}
