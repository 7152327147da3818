// What operations read of a home that is in no store: list files, replies that no rule knows, the configuration as it lies there.
import type { HomeReading } from '../../api/operations/context.ts'
import type { Config } from '../../contract/options.ts'
import { readConfig } from '../../lifecycle/config.ts'
import { describedOptions } from '../../lifecycle/config/describe.ts'
import { setOption, unsetOption } from '../../lifecycle/config/set-option.ts'
import { learnReply } from '../../lifecycle/learn-reply.ts'
import { listStates, triedLists } from '../../lifecycle/list-files.ts'
import { ownTextsOf } from '../../lifecycle/own-texts.ts'
import { readUnknowns } from '../../lifecycle/unknowns-file.ts'

/** `running`: what the server of the home runs with; null: none runs. */
export function readingOf(home: string, running: Config | null): HomeReading {
  return {
    ownTexts: () => ownTextsOf(home),
    unknownReplies: () => readUnknowns(home),
    replyLists: () => listStates(home).map(({ name, copy, entries, problems }) => ({ name, copy, entries, problems })),
    tryLists: (reply) => triedLists(home, reply),
    learn: (lesson) => learnReply(home, lesson),
    options: () => describedOptions(home, running),
    setOption: (name, value) => setOption(home, name, value),
    unsetOption: (name) => unsetOption(home, name),
    optionProblems: () => {
      const reading = readConfig(home)
      return reading.ok
        ? []
        : reading.problems.map(({ file, line, setting, expected, found }) => ({ file, line, setting, expected, found }))
    },
  }
}
