// The commented config/hms.yaml of a new home: every option with its meaning and default, all of it commented out, so that
// the file says only what the owner changed and a later default reaches everyone who did not.
import type { Option, OptionValue } from '../../contract/option-kinds.ts'
import { OPTIONS, type OptionName } from '../../contract/options.ts'
import { expectation, formatOption } from './option-value.ts'

const WIDTH = 110

/** `set`: options that are written uncommented, with their values. */
export function defaultConfigFile(set: ReadonlyMap<OptionName, OptionValue> = new Map()): string {
  const lines = [
    '# Configuration of Hurricane MTA Server. Every setting is listed with its default; remove the # to change one.',
    '# Each is also an environment variable, which wins: smtp.listen is HMS_SMTP_LISTEN.',
    "# 'hms config check' checks this file, 'hms config describe SETTING' tells what a setting takes.",
  ]
  let group = ''
  for (const [name, option] of Object.entries(OPTIONS) as [OptionName, Option][]) {
    const head = name.split('.')[0] ?? ''
    if (head !== group) lines.push('')
    group = head
    for (const line of wrapped(`${option.doc} (${expectation(option)})`)) lines.push(`# ${line}`)
    const value = set.get(name)
    const text = `${name}: ${formatOption(option, value ?? option.default)}`
    lines.push(value === undefined ? `#${text}` : text)
  }
  return `${lines.join('\n')}\n`
}

function wrapped(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > WIDTH) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
