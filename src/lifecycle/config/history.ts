// What a problem of the configuration has to do with an upgrade: read from the default that the file started from, and from
// the one of this version. After an upgrade an edited file is the first suspect, and the start says so itself.
import type { ConfigProblem } from '../config.ts'
import { described } from './setting-changes.ts'
import { configFiles, originOf, shippedBy } from './shipped.ts'

/** The problems, each with `history` where its setting changed since the version that the file started from. */
export function withHistory(home: string, version: string, problems: readonly ConfigProblem[]): ConfigProblem[] {
  const origin = originOf(home, 'hms.yaml')
  if (origin === undefined || origin.version === version) return [...problems]
  const [before, after] = [described(origin.text), described(shippedBy(version).files.get('hms.yaml') ?? '')]
  return problems.map((problem) => {
    const [was, now] = [before.get(problem.setting), after.get(problem.setting)]
    const history =
      was !== undefined && now === undefined
        ? `it was a setting of ${origin.version} and is none of ${version}`
        : was === undefined && now !== undefined
          ? `it is a setting since a version after ${origin.version}`
          : was !== undefined && now !== undefined && was.meaning !== now.meaning
            ? `in ${origin.version} it was: ${was.meaning}`
            : undefined
    return history === undefined ? problem : Object.assign({}, problem, { history })
  })
}

/** A sentence where the file was edited under another version than this one; undefined where it cannot be the upgrade. */
export function firstSuspect(home: string, version: string): string | undefined {
  const suspect = configFiles(home, shippedBy(version)).find(({ state, from }) => state === 'edited' && from !== version)
  if (suspect === undefined) return undefined
  const { file, from, guessed, beside } = suspect
  const under = guessed ? `a version before ${version}, probably ${from}` : from
  const merge = beside === null ? '' : ` 'hms config merge --dry-run' shows what ${version} changed in it.`
  return `You edited ${file} under ${under}, and this is ${version}: look there first.${merge}`
}
