// To be imported before whatever makes a schema: the policy of the page lets no code be made of text, which schemas else try at once.
import { config } from 'zod'

config({ jitless: true })
