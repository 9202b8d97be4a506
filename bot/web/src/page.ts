/** What the demo page and the reader do beyond plain HTML; both work without it. */

import type { StatementChat } from './chat'

const chat = document.querySelector<StatementChat>('albania-nato-chat')
document.documentElement.classList.add('js')

const name = document.body.dataset['document']
const wanted = new URLSearchParams(location.search).get('ask')
if (chat && wanted) {
  history.replaceState(null, '', location.pathname)
  void customElements.whenDefined('albania-nato-chat').then(() => chat.ask({ option: wanted, text: '…' }))
}
if (chat && name) read(chat, name)

function read(chat: StatementChat, name: string): void {
  const label = document.body.dataset['cited'] ?? ''

  document.addEventListener('click', (event) => {
    const target = event.target as Element
    const ask = target.closest<HTMLElement>('a.ask')
    if (ask?.dataset['option']) {
      event.preventDefault()
      const sentence = ask.dataset['question'] ?? '…'
      void chat.ask({ option: ask.dataset['option'], text: sentence })
      return
    }
    // Whoever marks words to copy them does not want to choose the sentence.
    if (target.closest('a') || !getSelection()?.isCollapsed) return
    const id = target.closest('article .s:not(.fragment)')?.id
    if (id && !target.closest('.heading')) location.hash = id
  })

  chat.addEventListener('quoted', (event) => {
    const quoted = (event as CustomEvent<(document: string) => string[]>).detail
    for (const id of quoted(name)) {
      const sentence = document.getElementById(id)
      if (!sentence || sentence.classList.contains('cited')) continue
      sentence.classList.add('cited')
      const note = document.createElement('span')
      note.className = 'vh'
      note.textContent = ` (${label})`
      sentence.insertBefore(note, sentence.querySelector('.ask'))
    }
  })
}
