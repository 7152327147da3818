// A line of the console as words: spaces part them; quotes and a backslash keep what is special as it is. There is nothing else of a shell
// in it: no variables, no patterns, no pipes, no redirection.
import { badArgument } from '../cli.ts'

export function wordsOf(line: string): readonly string[] {
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  for (let i = 0; i < line.length; i++) {
    const letter = line[i] ?? ''
    if (letter === '\\' && quote !== "'") {
      word = (word ?? '') + (line[++i] ?? '')
    } else if (quote !== '') {
      if (letter === quote) quote = ''
      else word = (word ?? '') + letter
    } else if (letter === '"' || letter === "'") {
      quote = letter
      word ??= ''
    } else if (letter === ' ' || letter === '\t') {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + letter
  }
  if (quote !== '') throw badArgument(`The line ends within ${quote}.`, `Close it with another ${quote}, or put a backslash before it.`)
  if (word !== null) words.push(word)
  return words[0] === 'hms' ? words.slice(1) : words
}
