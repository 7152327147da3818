// The project's own compiler, asked about types: what a name in the contract stands for, as the checker sees it. Its interface is called
// unstable; package.json names its version exactly.
import { dirname, join } from 'node:path'
import { API, type Checker, type Project, type Symbol as TypeSymbol } from 'typescript/unstable/sync'

const root = join(import.meta.dirname, '../..')
/** Read by the compiler alone: what the contract needs, and none of the rest. */
const CONFIG = join(root, 'tsconfig.schemas.json')

export interface Compiler extends Disposable {
  readonly project: Project
  readonly checker: Checker
  /** What a file of the contract exports under the name. */
  exported(file: string, name: string): TypeSymbol
}

export function openCompiler(files: readonly string[]): Compiler {
  const config = JSON.stringify({ extends: './tsconfig.json', include: [], files })
  const api = new API({
    cwd: dirname(CONFIG),
    // `undefined`: as it is on the disk.
    fs: { readFile: (path) => (path === CONFIG ? config : undefined), fileExists: (path) => (path === CONFIG ? true : undefined) },
  })
  try {
    const [project] = api.updateSnapshot({ openProjects: [CONFIG] }).getProjects()
    if (project === undefined) throw new Error(`the compiler opens no project for ${files.join(', ')}`)
    return {
      project,
      checker: project.checker,
      exported: (path, name) => {
        const source = project.program.getSourceFile(join(root, path))
        const found = source && project.checker.getSymbolAtLocation(source)?.getExports()
        const symbol = [...(found?.values() ?? [])].find((one) => one.name === name)
        if (symbol === undefined) throw new Error(`${path} exports no ${name}`)
        return symbol
      },
      [Symbol.dispose]: () => api.close(),
    }
  } catch (error) {
    api.close()
    throw error
  }
}
