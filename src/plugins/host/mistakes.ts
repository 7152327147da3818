// What Node says of code that it cannot load, in words for a plug-in's author: TypeScript whose types cannot be left out, imports as
// bundlers take them. Where and what to write instead; nothing here loads or changes code.

const PLACE = /^file:\/\/(?<path>[^\n]+?):(?<line>\d+)$/m

/** Null: there is nothing better to say than what Node says. */
export function mistakeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  const { code, message, stack = '' } = error as NodeJS.ErrnoException
  const { path = '', line = '' } = PLACE.exec(stack)?.groups ?? {}
  const where = path === '' ? 'Its code' : `${path.split('/').at(-1) ?? path}, line ${line}`
  switch (code) {
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX': {
      const what = /^TypeScript (.+?) is not supported/.exec(message)?.[1] ?? 'part'
      return `${where} has TypeScript that is more than types (${what}). Types are left out when it is loaded, and nothing is compiled: ${instead(what)}`
    }
    case 'ERR_INVALID_TYPESCRIPT_SYNTAX':
      return `${where} is no TypeScript: ${message}`
    case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING':
      return `A package in node_modules is TypeScript; Node takes packages as JavaScript only: ${message}`
    case 'ERR_MODULE_NOT_FOUND':
    case 'ERR_UNSUPPORTED_DIR_IMPORT':
      return missing(message)
    default:
      return wrongImport(message, where) ?? unread(error, path)
  }
}

function instead(what: string): string {
  if (what.includes('enum')) return "write an object with 'as const' instead of the enum."
  if (what.includes('namespace')) return 'write a module of its own instead of the namespace.'
  if (what.includes('parameter property')) return 'write a field, and set it in the constructor.'
  if (what.includes('import equals')) return "write an import of the form import … from '…'."
  return 'write it in JavaScript.'
}

function missing(message: string): string | null {
  const [, name, from = ''] = /^Cannot find package '(.+?)' imported from (.+)$/.exec(message) ?? []
  if (name !== undefined)
    return `${lastOf(from)} imports the package ${name}, which is not in the plug-in's node_modules: run 'npm install ${name}' in its folder.`
  const [, file, by = ''] = /'(\/.+?)' (?:is not supported.*?)?imported from (.+)$/.exec(message) ?? []
  if (file === undefined) return null
  return `${lastOf(by)} imports ${lastOf(file)}, which is not there. Imports name files with their endings, such as './rules.ts'.`
}

/** A type that is imported as if it were a value is not there when types are left out. */
function wrongImport(message: string, where: string): string | null {
  const [, file, name] = /^The requested module '(\..+?)' does not provide an export named '(.+?)'/.exec(message) ?? []
  if (file === undefined || name === undefined) return null
  return `${where} imports ${name} from ${file}, which has none when it runs. Where it is a type, write import type { ${name} } from '${file}'.`
}

/** Of code that it cannot read at all, Node does not say where. */
function unread(error: Error, path: string): string | null {
  if (!(error instanceof SyntaxError) || path !== '') return null
  return `Its code cannot be read: ${error.message}. 'node --check FILE' shows where. Decorators are not taken.`
}

function lastOf(path: string): string {
  return path.split('/').at(-1) ?? path
}
