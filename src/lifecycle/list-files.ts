// Which copy of a list file counts: the owner's in config/ of the home, else the one that the program ships.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault, messageOf } from '../base/fault.ts'
import type { ListProblem } from '../policy/lists/list-file.ts'
import type { ReplyListVerdict } from '../contract/replies.ts'
import { checkList, LIST_NAMES, type ListName, replyLists } from '../policy/lists/reply-lists.ts'
import { askLists } from '../policy/lists/verdict.ts'
import { programFolder } from './program.ts'

/** An installation has it in `bin/`, a checkout in `data/`. */
export function shippedList(name: ListName): string {
  const installed = join(programFolder, 'bin', name)
  return existsSync(installed) ? installed : join(programFolder, 'data', name)
}

export const ownList = (home: string, name: ListName): string => join(home, 'config', name)

export interface ListState {
  readonly name: ListName
  readonly file: string
  readonly copy: 'own' | 'shipped'
  readonly entries: number
  readonly problems: readonly ListProblem[]
}

export function listStates(home: string): readonly ListState[] {
  return LIST_NAMES.map((name) => {
    const own = ownList(home, name)
    const isOwn = existsSync(own)
    const { entries, problems } = checkList(name, listText(home, name))
    return { name, file: isOwn ? own : shippedList(name), copy: isOwn ? 'own' : 'shipped', entries, problems }
  })
}

export function triedLists(home: string, reply: string): ReplyListVerdict {
  const lists = replyLists((name) => listText(home, name))
  const { status, wait, code } = askLists(lists, reply)
  return { status: status?.status ?? null, alert: status?.alert ?? null, wait: wait ?? null, code: code ?? null }
}

/** Of the copy that counts. Throws a Fault where it cannot be read. */
export function listText(home: string, name: ListName): string {
  const own = ownList(home, name)
  const file = existsSync(own) ? own : shippedList(name)
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Fault('list-unreadable', `The list ${file} cannot be read: ${messageOf(error)}.`, { blame: 'owner' })
  }
}
