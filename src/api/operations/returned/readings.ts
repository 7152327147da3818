// What replies and returned messages mean, and what settings there are: nothing is changed, and no store is asked.
import { setImmediate as turn } from 'node:timers/promises'
import { judgeReport } from '../../../engine/report/judge.ts'
import { readReport } from '../../../message/report/report.ts'
import { MOST_LINE, toldOf } from '../../../policy/classify/told.ts'
import { FAILURE_CODES, type FailureCode } from '../../../contract/failure-codes.ts'
import type { ReadingOperations } from '../../../contract/replies.ts'
import type { OperationContext, OperationTable } from '../context.ts'
import { Params, refused } from '../params.ts'

const MOST_REPLIES = 1000
const MOST_OCTETS = 1_000_000
/** Classified at once: some milliseconds. */
const A_TURN = 50

type SettingName = Extract<keyof ReadingOperations, `config.${string}`>

export function readingOperations(context: OperationContext): Pick<OperationTable, keyof ReadingOperations> {
  return { ...replyOperations(context), ...settingOperations(context) }
}

function replyOperations({ home }: OperationContext): Pick<OperationTable, Exclude<keyof ReadingOperations, SettingName>> {
  return {
    'replies.classify': async (values) => {
      const params = new Params(values)
      const replies = params.list('replies', MOST_REPLIES).map(replyOf)
      params.done()
      const own = home.ownTexts()
      const meanings = []
      for (const [i, line] of replies.entries()) {
        if (i % A_TURN === A_TURN - 1) await turn()
        const { address, type, category, code, status, blame, action, reply, rule } = toldOf(line, own)
        meanings.push({ address, type, category, code, status, blame, action, reply, rule })
      }
      return { meanings }
    },
    'replies.unknown': async (values) => {
      new Params(values).done()
      return home.unknownReplies()
    },
    'replies.learn': async (values) => {
      const params = new Params(values)
      if (['pattern', 'reply', 'form'].filter((name) => params.has(name)).length !== 1) throw refused('Say one of pattern, reply and form.')
      const of = params.has('reply')
        ? params.count('reply', { least: 1, most: 9999 })
        : params.has('form')
          ? { form: params.text('form', MOST_LINE) }
          : params.text('pattern')
      const code = failureCodeIn(params)
      const site = params.optional('site', () => params.domain('site')) ?? null
      const dryRun = params.flag('dryRun')
      params.done()
      return home.learn({ of, code, site, dryRun })
    },
    'replies.try': async (values) => {
      const params = new Params(values)
      const reply = replyOf(params.raw('reply'))
      params.done()
      return home.tryLists(reply)
    },
    'replies.lists': async (values) => {
      new Params(values).done()
      return home.replyLists()
    },
    'returned.read': async (values) => {
      const params = new Params(values)
      const message = params.raw('message')
      params.done()
      if (typeof message !== 'string' || message === '') throw refused('message must be the text of a message.')
      if (message.length > MOST_OCTETS) throw refused(`message has ${message.length} characters; at most ${MOST_OCTETS} are allowed.`)
      const report = readReport(Buffer.from(message.replaceAll(/\r?\n/g, '\r\n')))
      const { kind, format, token, original } = report
      const known = original && { messageId: original.messageId, from: original.from, to: original.to, subject: original.subject }
      return { kind, format, token, recipients: judgeReport(report, home.ownTexts()), original: known }
    },
  }
}

function settingOperations({ home }: OperationContext): Pick<OperationTable, SettingName> {
  return {
    'config.describe': async (values) => {
      new Params(values).done()
      return home.options()
    },
    'config.set': async (values) => {
      const params = new Params(values)
      const [name, value] = [params.text('name'), params.text('value')]
      params.done()
      home.setOption(name, value)
      const applies = home.options().find((one) => one.name === name)?.applies ?? 'at the next start'
      return { name, value, applies }
    },
    'config.unset': async (values) => {
      const params = new Params(values)
      const name = params.text('name')
      params.done()
      const removed = home.unsetOption(name)
      const { default: value = '', applies = 'at the next start' } = home.options().find((one) => one.name === name) ?? {}
      return { name, value, applies, removed }
    },
    'config.check': async (values) => {
      new Params(values).done()
      return { problems: home.optionProblems() }
    },
  }
}

function failureCodeIn(params: Params): FailureCode {
  const code = params.raw('code')
  if (typeof code === 'number' && Object.hasOwn(FAILURE_CODES, code)) return code as FailureCode
  throw refused(`code must be one of ${Object.keys(FAILURE_CODES).join(', ')}.`)
}

function replyOf(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > MOST_LINE)
    throw refused(`replies may hold texts that are not empty, of at most ${MOST_LINE} characters.`)
  return value
}
