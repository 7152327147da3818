// What replies and returned messages mean, and what settings there are: nothing is changed, and no store is asked.
import { setImmediate as turn } from 'node:timers/promises'
import { judgeReport } from '../../engine/report/judge.ts'
import { readReport } from '../../message/report/report.ts'
import { MOST_LINE, toldOf } from '../../policy/classify/told.ts'
import type { ReadingOperations } from '../../contract/replies.ts'
import type { OperationContext, OperationTable } from './context.ts'
import { Params, refused } from './params.ts'

const MOST_REPLIES = 1000
const MOST_OCTETS = 1_000_000
/** Classified at once: some milliseconds. */
const A_TURN = 50

export function readingOperations({ home }: OperationContext): Pick<OperationTable, keyof ReadingOperations> {
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

function replyOf(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > MOST_LINE)
    throw refused(`replies may hold texts that are not empty, of at most ${MOST_LINE} characters.`)
  return value
}
