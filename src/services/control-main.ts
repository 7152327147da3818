// The program of the control process.
import { startControl } from './control/control.ts'
import { runRole } from './role.ts'

await runRole('control', startControl)
