// The process of the desk.
import { startDesk } from './desk.ts'
import { runRole } from './role.ts'

await runRole('desk', startDesk)
