// A password that a command is given: typed unseen, or from standard input, so that no other user of the machine sees it.
import { Fault } from '../base/fault.ts'
import type { Cli } from './cli.ts'

export async function readPassword(cli: Cli, what = 'Password'): Promise<string> {
  const typed = await cli.terminal.secret(what)
  let text = typed ?? ''
  if (typed === undefined) for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk)
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw new Fault('usage', `No ${what.toLowerCase()} came on standard input.`, { blame: 'caller' })
  return password
}
