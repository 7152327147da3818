// `hms account tracking`: what an account does about unsubscribing, opens and clicks.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { parse } from 'yaml'
import { messageOf } from '../../../base/fault.ts'
import type { Account } from '../../../contract/settings.ts'
import { type Language, LANGUAGES, PAGE_WORDS, type PageWords, type Tracking } from '../../../contract/tracking.ts'
import { accountId, badArgument, type Cli, domainName, onOff } from '../../cli.ts'
import { fields } from '../../output/table.ts'

interface Changes {
  host?: string
  opens?: boolean
  clicks?: boolean
  force?: boolean
  mailDomain?: string
  language?: string
  words?: string
  leaveLarge?: boolean
}

export function registerTracking(command: Command, cli: Cli): void {
  command
    .command('tracking <id>')
    .description('show or change what an account does about unsubscribing, opens and clicks')
    .option('--host <name|none>', 'of all links, such as click.example.com; it must lead to this server by HTTPS')
    .option('--opens <on|off>', 'count opens of all HTML', onOff)
    .option('--clicks <on|off>', 'count clicks of all links', onOff)
    .option('--force <on|off>', 'add an unsubscribe link to mail of bulk streams that has none', onOff)
    .option('--mail-domain <domain|none>', 'own domain at which one unsubscribes by mail')
    .option(`--language <${LANGUAGES.join('|')}|any>`, 'of the page and the added link; any: what the browser prefers')
    .option('--words <file|none>', `own words of the page, as YAML: ${PAGE_WORDS.join(', ')}`)
    .option('--leave-large <on|off>', 'leave HTML above 512 KiB as it is', onOff)
    .action(async (id: string, given: Changes) => {
      const account = accountId(id)
      const change = changeOf(given)
      const result =
        Object.keys(change).length === 0
          ? (await cli.call('account.show', { id: account })).account
          : await cli.call('account.tracking.set', { id: account, change })
      cli.answer(result, (it) => `${describe(it)}${given.host === undefined ? '' : nextStep(it)}`)
    })
    .addHelpText(
      'after',
      '\nExamples:\n  hms account tracking 1001 --host click.example.com --opens on --clicks on\n  hms account tracking 1001 --force on --language de\n  hms account tracking 1001 --words page.yaml',
    )
}

function changeOf({ host, mailDomain, language, words, ...flags }: Changes): Partial<Tracking> {
  return {
    ...flags,
    ...(host !== undefined && { host: host === 'none' ? null : host }),
    ...(mailDomain !== undefined && { mailDomain: mailDomain === 'none' ? null : domainName(mailDomain) }),
    ...(language !== undefined && { language: language === 'any' ? null : languageOf(language) }),
    ...(words !== undefined && { words: words === 'none' ? {} : wordsIn(words) }),
  }
}

function languageOf(text: string): Language {
  const found = LANGUAGES.find((one) => one === text)
  if (found === undefined) throw badArgument(`"${text}" is none of ${LANGUAGES.join(', ')}.`, 'Give the words yourself, with --words FILE.')
  return found
}

function wordsIn(file: string): Partial<PageWords> {
  try {
    return parse(readFileSync(file, 'utf8')) as Partial<PageWords>
  } catch (error) {
    throw badArgument(`The words in ${file} cannot be read: ${messageOf(error)}`)
  }
}

/** In one line. */
export function trackingInWords({ tracking: { host, opens, clicks, force, mailDomain } }: Account): string {
  if (host === null) return mailDomain === null ? 'off' : `unsubscribing by mail at ${mailDomain}`
  const what = [...(opens ? ['opens'] : []), ...(clicks ? ['clicks'] : []), ...(force ? ['forced unsubscribe link'] : [])]
  return `https://${host}: ${what.length === 0 ? 'what messages name' : what.join(', ')}`
}

/** Of a host that was just named. */
function nextStep({ tracking: { host } }: Account): string {
  if (host === null) return ''
  return `\nLinks go into mail once ${host} is seen to lead here by HTTPS, within a minute: 'hms doctor' tells, and what to do where it does not.\n`
}

function describe({ id, tracking }: Account): string {
  const { host, opens, clicks, force, mailDomain, language, words, leaveLarge } = tracking
  return fields([
    ['account', id],
    ['host', host ?? 'none'],
    ['opens', opens ? 'all HTML' : 'where HTML asks for it'],
    ['clicks', clicks ? 'all links' : 'of links that ask for it'],
    ['forced link', force ? 'in mail of bulk streams' : 'no'],
    ['by mail', mailDomain ?? 'no'],
    ['language', language ?? 'what the browser prefers'],
    ['own words', Object.keys(words).join(', ') || 'none'],
    ['large HTML', leaveLarge ? 'left as it is' : 'made ready as any'],
  ])
}
