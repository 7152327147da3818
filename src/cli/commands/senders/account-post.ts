// `hms account post`: where mail of an account may be posted to by HTTP.
import type { Command } from 'commander'
import type { Account } from '../../../contract/settings.ts'
import { accountId, badArgument, type Cli, list } from '../../cli.ts'
import { fields } from '../../output/table.ts'

interface Changes {
  readonly allow?: readonly string[]
  readonly remove?: readonly string[]
  readonly secret?: 'new' | 'none'
}

export function registerPost(command: Command, cli: Cli): void {
  command
    .command('post <id>')
    .description('show or change where an account may post to by HTTP, with recipients such as post@https://hooks.example.com/in')
    .option(
      '--allow <pattern>',
      'allow addresses such as https://hooks.example.com/ or https://*.example.com:8443/in/; may be repeated',
      list,
    )
    .option('--remove <pattern>', 'no longer allow them; may be repeated', list)
    .option('--secret <new|none>', 'sign what is posted with a new secret, which is shown only now, or with none', secretChange)
    .action(async (id: string, { allow, remove, secret }: Changes) => {
      const account = accountId(id)
      const change = { ...(allow && { add: allow }), ...(remove && { remove }), ...(secret && { secret }) }
      const result =
        Object.keys(change).length === 0
          ? { account: (await cli.call('account.show', { id: account })).account, secret: null }
          : await cli.call('account.post.set', { id: account, ...change })
      cli.answer(result, (shown) => describe(shown.account, shown.secret))
    })
    .addHelpText(
      'after',
      "\nExamples:\n  hms account post 1001 --allow 'https://*.example.com/' --secret new\n  hms account post 1001 --remove 'https://*.example.com/'",
    )
}

function secretChange(text: string): 'new' | 'none' {
  if (text === 'new' || text === 'none') return text
  throw badArgument(`"${text}" is none of new, none.`)
}

/** In one line. */
export function postInWords({ post }: Account): string {
  if (post === undefined || post.allow.length === 0) return 'nowhere'
  return `${post.allow.join(' ')}${post.isSigned ? ', signed' : ''}`
}

function describe({ id, post }: Account, secret: string | null): string {
  return fields([
    ['account', id],
    ['posts to', post === undefined || post.allow.length === 0 ? 'nowhere' : post.allow.join(' ')],
    ['signed', post?.isSigned === true ? 'yes' : 'no'],
    ...(secret === null ? [] : [['secret', `${secret}   (shown only now)`] as const]),
  ])
}
