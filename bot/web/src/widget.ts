/** The one file that a page loads: registers `<albania-nato-chat>`. */

import { StatementChat } from './chat'

// A page may load the script twice.
if (!customElements.get('albania-nato-chat')) customElements.define('albania-nato-chat', StatementChat)
